if (x) y()
else
}