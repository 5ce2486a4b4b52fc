one {}
one { a = 1 }
one {
  two "l" {
    three = 3
  }
  two "l" {}
  two m {}
}
typed "a" "b" "c" {
  x = 1
}
typed "a" "b" "c" { x = 2 }
typed "a" "d" e-f {}
typed "$${x}" "q\"\u00e9" "" {}
block "with-attribute" { value = [1,
  2] }
