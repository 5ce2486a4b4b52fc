package lib.readiness_test

import data.lib.readiness

test_signers_are_distinct_keys if {
	readiness.signers({"signed_by": ["a", "b", "a"]}) == 2
	every odd in [{}, {"signed_by": null}, null, [], {"signed_by": [1]}] {
		readiness.signers(odd) == 0
	}
}

test_shares_are_exact if {
	readiness.at_least(9, 10, 0.9)
	not readiness.at_least(8, 9, 0.9)
	not readiness.at_least(0, 0, 0.9)
	not readiness.at_least(9, 10, "0.9")
}

test_words if {
	readiness.worded("x")
	every odd in ["", "  ", null, 1] {
		not readiness.worded(odd)
	}
}

test_nothing_is_known_of_what_is_not_there if {
	readiness.purchase_gaps("d", {}, 2) == set()
	readiness.purchase_lacks({}) == set()
	readiness.log_gaps("d", {}, "runs", "at", 30) == set()
	readiness.recent({}, "runs", "at", 30) == []
}
