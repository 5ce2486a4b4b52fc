{
  x: std['tr' + 'ace']('seen', 1),
}
