package lib.histogram_test

import data.lib.histogram

les := ["+Inf", "0.05", "0.1", "0.12", "0.25", "1"]

test_an_edge_at_the_bound if {
	histogram.edge(les, 0.12) == {"verdict": "true", "reason": null, "n": 5, "below": 0.12, "above": 0.12}
}

test_the_edges_around_a_bound_without_one if {
	histogram.edge(les, 0.15) == {"verdict": "false", "reason": null, "n": 5, "below": 0.12, "above": 0.25}
	histogram.edge(les, 5).above == null
	histogram.edge(les, 0.01).below == null
}

test_edges_are_numbers_however_they_are_written if {
	histogram.edge([0.05, 0.12], 0.12).verdict == "true"
	histogram.edge(["1.2e-01"], 0.12).verdict == "true"
	histogram.edge(["120.0"], 120).verdict == "true"
}

test_seconds_are_not_milliseconds if histogram.edge(les, 120).verdict == "false"

test_no_edges_are_unknown if {
	every odd in [null, "0.12", {}, [], ["+Inf"]] {
		histogram.edge(odd, 0.12) == {"verdict": "unknown", "reason": "there are no bucket edges", "n": 0, "below": null, "above": null}
	}
}

test_an_edge_that_is_no_number_is_unknown if {
	every odd in ["", "x", "1e999", "99999999999999999999999999", "0,12", "-", " 0.12", null, [0.12]] {
		histogram.edge(array.concat(les, [odd]), 0.12).reason == "a bucket edge is not a number"
	}
	histogram.edge(les, "0.12").reason == "the bound is not a number"
}

test_edges_of_facts if {
	matrix := {"series": [{"labels": {"le": "0.12"}}, {"labels": {"le": "+Inf"}}, {"labels": {"le": "0.12", "pod": "b"}}, {"labels": {}}, {}, null]}
	histogram.les(matrix) == ["+Inf", "0.12"]
	vector := {"samples": [{"labels": {"le": "0.5"}}], "infinite": [{"labels": {"le": "+Inf"}}]}
	histogram.les(vector) == ["+Inf", "0.5"]
	histogram.les(null) == []
	histogram.les({"series": "x"}) == []
}
