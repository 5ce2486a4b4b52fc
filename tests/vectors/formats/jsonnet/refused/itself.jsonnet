local a = a + 1;
a
