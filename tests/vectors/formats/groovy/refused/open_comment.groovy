node {}
/* open