a.
.b