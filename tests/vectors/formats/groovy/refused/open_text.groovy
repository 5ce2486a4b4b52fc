node {
  sh "make ${x}
}