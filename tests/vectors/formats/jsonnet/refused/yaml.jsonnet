std.parseYaml("a: yes")
