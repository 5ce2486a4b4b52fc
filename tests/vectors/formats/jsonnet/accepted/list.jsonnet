[{ kind: "Pod", n: i } for i in [1, 2]]
