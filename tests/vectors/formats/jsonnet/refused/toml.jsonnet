std.manifestToml({ a: 1 })
