a = "%{if x}${null}%{endif}"
