function(name='world', times=2) { hello: std.repeat([name], times) }
