local x = import "a";
1
