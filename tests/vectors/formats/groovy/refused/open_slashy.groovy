x = /a
b