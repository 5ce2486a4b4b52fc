# METADATA
# scope: package
# title: Numbers in messages
# description: >-
#   Whole-number formatting, so that two engines print the same digits.
package lib.text

# 975312 micro-units → "97.53 %".
percent(micro) := sprintf("%d.%s %s", [floor(micro / 10000), pad2(floor((micro % 10000) / 100)), "%"])

pad2(n) := sprintf("0%d", [n]) if n < 10

pad2(n) := sprintf("%d", [n]) if n >= 10

# A ratio such as 0.96 in whole micro-units.
micro(ratio) := round(ratio * 1000000)

# 95000 ms → "1 min 35 s".
duration(ms) := sprintf("%d s", [floor(ms / 1000)]) if ms < 60000

duration(ms) := sprintf("%d min %d s", [floor(ms / 60000), floor((ms % 60000) / 1000)]) if ms >= 60000

# A person as compared: case, blanks, punctuation, invisible characters and a display
# name around a mail address do not make two people of one. It is not to be shown.
person(name) := letters if {
	is_string(name)
	letters := lower(regex.replace(address(name), invisible_or_punctuation, ""))
	letters != ""
} else := lower(trim_space(name)) if is_string(name)

# What is no letter or digit in ASCII, and blanks and invisible characters beyond it.
invisible_or_punctuation := `[\x{00}-/:-@\[-\x{60}{-\x{A0}\x{AD}\x{2000}-\x{206F}\x{3000}\x{FE00}-\x{FE0F}\x{FEFF}]`

# "Ann <ann@example.com>" → "ann@example.com".
address(name) := found[0][1] if {
	found := regex.find_all_string_submatch_n(`<([^>]*)>`, name, 1)
	count(found) > 0
} else := name

is_sha256(text) if {
	is_string(text)
	regex.match(`^[0-9a-f]{64}$`, text)
}

is_commit(text) if {
	is_string(text)
	regex.match(`^([0-9a-f]{40}|[0-9a-f]{64})$`, text)
}
