a "b" {}
A "c" {}
