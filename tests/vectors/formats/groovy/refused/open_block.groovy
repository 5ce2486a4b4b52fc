pipeline {
  agent any
