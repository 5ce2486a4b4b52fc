switch (x) {
  case 1 -> y()
}