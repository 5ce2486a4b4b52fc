package lib.text_test

import data.lib.text

test_percent if {
	text.percent(975312) == "97.53 %"
	text.percent(1000000) == "100.00 %"
	text.percent(90100) == "9.01 %"
}

test_micro if text.micro(0.96) == 960000

test_duration if {
	text.duration(59999) == "59 s"
	text.duration(95000) == "1 min 35 s"
}

test_person if {
	every spelling in ["ann@example.com", " Ann@Example.com ", "Ann Lee <ann@example.com>", "<ANN@example.com> (QA)", "ann@example.com\u200b", "ann @ example.com"] {
		text.person(spelling) == text.person("Ann@Example.com")
	}
	text.person("ann@example.com") != text.person("anna@example.com")
	text.person("Ann <ann@example.com>") != text.person("Ann <ann@example.org>")
	text.person("李四") != text.person("李五")
	text.person(" -- ") == "--"
	text.person("<>") == "<>"
	not text.person(null)
}

test_digests if {
	text.is_sha256("1111111111111111111111111111111111111111111111111111111111111111")
	not text.is_sha256("111111111111111111111111111111111111111111111111111111111111111G")
	not text.is_sha256("1111")
	not text.is_sha256(null)
}

test_commits if {
	text.is_commit("3333333333333333333333333333333333333333")
	text.is_commit("1111111111111111111111111111111111111111111111111111111111111111")
	not text.is_commit("3333333")
	not text.is_commit(null)
}
