package lib.window_test

import data.lib.counter
import data.lib.fixture_test as fixture
import data.lib.ratio
import data.lib.window

# Two hours that end when the fixture is judged, with a sample every 15 s.
from_s := 1795431600

spec := {
	"from_ms": from_s * 1000, "to_ms": (from_s + 7200) * 1000,
	"step_s": 15, "threshold": 120, "longer_than_s": 1800, "share": 0.25,
}

with_fields(fields) := object.union(spec, fields)

# Samples every 15 s over the window, above the threshold in [start, stop) seconds.
breach(start, stop) := [[from_s + at, value(at, start, stop)] | some i in numbers.range(0, 480); at := 15 * i]

value(at, start, stop) := 130 if {
	at >= start
	at < stop
} else := 100

# Without the samples in (start, stop) seconds.
holed(samples, start, stop) := [point | some point in samples; not hidden(point[0] - from_s, start, stop)]

hidden(at, start, stop) if {
	at > start
	at < stop
}

matrix(samples) := {"series": [{"labels": {"cluster": "ld4"}, "samples": samples, "infinite": []}]}

above(facts, question) := result if {
	result := window.sustained_above(facts, question) with input as fixture.of({})
}

below(facts, question) := result if {
	result := window.sustained_below(facts, question) with input as fixture.of({})
}

share_above(facts, question) := result if {
	result := window.fraction_above(facts, question) with input as fixture.of({})
}

share_below(facts, question) := result if {
	result := window.fraction_below(facts, question) with input as fixture.of({})
}

only(result) := result.series[0]

minutes(n) := n * 60000

# -- The limit ---------------------------------------------------------------

test_exactly_thirty_minutes_is_not_longer_than_thirty_minutes if {
	result := above(matrix(breach(600, 2400)), spec)
	result.verdict == "false"
	result.reason == null
	only(result).certain_ms == minutes(30)
	only(result).run == {"from_ms": (from_s + 600) * 1000, "to_ms": (from_s + 2400) * 1000}
}

test_thirty_minutes_and_fifteen_seconds_is_longer if {
	result := above(matrix(breach(600, 2415)), spec)
	result.verdict == "true"
	only(result).certain_ms == 1815000
}

test_numbers_of_a_breach if {
	only(above(matrix(breach(600, 2415)), spec)) == {
		"labels": {"cluster": "ld4"}, "verdict": "true", "reason": null, "worst": 130,
		"n": 480, "nan": 0, "conflicts": 0, "out_of_order": 0, "future": 0,
		"certain_ms": 1815000, "possible_ms": 1815000, "run_ms": 1815000, "bridged_ms": 0, "hit_ms": 1815000,
		"run": {"from_ms": (from_s + 600) * 1000, "to_ms": (from_s + 2415) * 1000},
		"possible_run": {"from_ms": (from_s + 600) * 1000, "to_ms": (from_s + 2415) * 1000},
		"known_ms": 7200000, "unknown_ms": 0, "window_ms": 7200000, "coverage_micro": 1000000, "max_gap_ms": 0,
	}
}

test_two_runs_are_not_added if {
	samples := [[point[0], max([point[1], other[1]])] |
		some i, point in breach(0, 1200)
		other := breach(1215, 2415)[i]
	]
	result := above(matrix(samples), spec)
	result.verdict == "false"
	only(result).hit_ms == minutes(40)
	only(result).certain_ms == minutes(20)
}

test_a_run_is_cut_at_the_window if {
	samples := [[from_s + (15 * i), 130] | some i in numbers.range(-400, 100)]
	only(above(matrix(samples), with_fields({"longer_than_s": 1500}))).certain_ms == 1515000
}

test_a_run_to_the_end_of_the_window if {
	result := above(matrix(breach(5400, 9000)), spec)
	result.verdict == "false"
	only(result).certain_ms == minutes(30)
}

test_below if {
	inverted := [[t, 220 - v] | some [t, v] in breach(600, 2415)]
	below(matrix(inverted), with_fields({"threshold": 100})).verdict == "true"
	only(below(matrix(inverted), with_fields({"threshold": 100}))).worst == 90
	below(matrix(inverted), with_fields({"threshold": 90})).verdict == "false"
}

# -- The edge cases of the specification -------------------------------------

test_edge_four_minute_gap_in_a_breach_of_forty_five_minutes if {
	samples := holed(breach(600, 3300), 2160, 2400)
	result := above(matrix(samples), spec)
	result.verdict == "unknown"
	result.reason == "above the threshold certainly for 26 min 0 s, possibly for 45 min 0 s, limit 30 min 0 s"
	only(result).certain_ms == minutes(26)
	only(result).possible_ms == minutes(45)
	only(result).unknown_ms == minutes(4)
	only(result).max_gap_ms == minutes(4)
}

test_edge_the_gap_is_bridged_on_request if {
	samples := holed(breach(600, 3300), 2160, 2400)
	bridged := above(matrix(samples), with_fields({"bridge": {"max_gap_s": 300, "share": 0.1}}))
	bridged.verdict == "true"
	only(bridged).run_ms == minutes(45)
	only(bridged).bridged_ms == minutes(4)
	only(bridged).certain_ms == minutes(26)
	above(matrix(samples), with_fields({"bridge": {"max_gap_s": 239, "share": 0.1}})).verdict == "unknown"
	above(matrix(samples), with_fields({"bridge": {"max_gap_s": 240, "share": 0.08}})).verdict == "unknown"
}

test_edge_one_missed_scrape_changes_nothing if {
	whole := matrix(breach(600, 2415))
	holed_once := matrix(holed(breach(600, 2415), 1485, 1515))
	count(holed_once.series[0].samples) == 480
	object.remove(only(above(whole, spec)), ["n"]) == object.remove(only(above(holed_once, spec)), ["n"])
}

test_edge_one_missed_scrape_is_unknown_with_a_shorter_hold if {
	result := above(matrix(holed(breach(600, 2415), 1485, 1515)), with_fields({"hold_steps": 1.5}))
	result.verdict == "unknown"
	only(result).max_gap_ms == 30000
}

test_edge_irregular_samples_weigh_by_time if {
	# A hundred samples in the first ten seconds are ten seconds.
	dense := [[from_s + (i / 10), 130] | some i in numbers.range(0, 99)]
	result := share_above(matrix(array.concat(dense, [[from_s + at, 100] | some i in numbers.range(1, 480); at := 15 * i])), spec)
	result.verdict == "false"
	only(result).hit_ms == 15000
	only(result).n == 579
}

test_edge_nan_is_not_observed if {
	# What evidence code makes of ten NaN in a row: no samples, and a count.
	facts := json.patch(matrix(holed(breach(0, 0), 1485, 1650)), [{"op": "add", "path": "/series/0/nan", "value": 10}])
	result := below(facts, with_fields({"longer_than_s": 3600}))
	only(result).nan == 10
	only(result).unknown_ms == 165000
	result.warnings == ["NaN samples count as not observed"]

	# Never below the threshold: the run ends where they begin.
	only(result).run.from_ms == (from_s + 1650) * 1000
	below(facts, with_fields({"longer_than_s": 6000})).verdict == "unknown"
}

test_edge_plus_infinity_is_observed_and_above if {
	infinite := [[from_s + at, "+Inf"] | some i in numbers.range(41, 160); at := 15 * i]
	facts := {"series": [{"labels": {}, "samples": holed(breach(600, 615), 600, 2415), "infinite": infinite}]}
	result := above(facts, spec)
	result.verdict == "true"
	only(result).certain_ms == 1815000
	only(result).worst == "+Inf"
	only(result).unknown_ms == 0
	below(facts, with_fields({"longer_than_s": 5000})).verdict == "false"
}

test_edge_minus_infinity_is_observed_and_below if {
	infinite := [[from_s + at, "-Inf"] | some i in numbers.range(41, 160); at := 15 * i]
	facts := {"series": [{"labels": {}, "samples": holed(breach(0, 0), 600, 2415), "infinite": infinite}]}
	only(below(facts, spec)).worst == "-Inf"
	above(facts, spec).verdict == "false"
}

test_edge_a_repeated_sample_counts_once if {
	# Evidence code keeps one of equal samples.
	twice := sort(array.concat(breach(600, 2415), [[from_s + 900, 130]]))
	above(matrix(twice), spec).verdict == "true"
	only(above(matrix(twice), spec)).certain_ms == 1815000
}

test_edge_contradicting_samples_are_not_observed if {
	# Evidence code leaves out both and counts the instant.
	samples := holed(breach(600, 2415), 1470, 1515)
	facts := json.patch(matrix(samples), [{"op": "add", "path": "/series/0/conflicts", "value": 2}])
	result := above(facts, spec)
	result.verdict == "unknown"
	only(result).conflicts == 2
	result.warnings == ["samples of one instant contradict each other and were left out"]
}

test_edge_out_of_order_is_sorted_and_counted if {
	samples := breach(600, 2415)
	shuffled := array.concat(array.slice(samples, 200, 481), array.slice(samples, 0, 200))
	facts := json.patch(matrix(shuffled), [{"op": "add", "path": "/series/0/out_of_order", "value": 200}])
	result := above(facts, spec)
	result.verdict == "true"
	only(result).out_of_order == 200
	result.warnings == ["samples came out of order and were sorted"]
}

test_edge_a_future_sample_is_dropped_and_told if {
	# The window ends at the instant judged; five seconds of difference are borne.
	samples := array.concat(array.slice(breach(5400, 9000), 0, 480), [[from_s + 7205, 130], [from_s + 7205.1, 130], [from_s + 7220, 130]])
	result := above(matrix(samples), spec)
	only(result).future == 2
	result.warnings == ["samples of the future were left out: the clocks of source and judge differ"]
	above(matrix(array.slice(samples, 0, 481)), spec).warnings == []
}

test_edge_a_series_of_the_future_is_unknown if {
	result := above(matrix([[from_s + 9000, 130], [from_s + 9015, 130]]), spec)
	result.verdict == "unknown"
	only(result).future == 2
	only(result).known_ms == 0
}

test_edge_a_counter_reset_is_seen_by_increase_only if {
	counters := {"series": [
		{"labels": {"outcome": "ok"}, "samples": [[from_s, 1000], [from_s + 60, 1060], [from_s + 120, 20]]},
		{"labels": {"outcome": "bad"}, "samples": [[from_s, 10], [from_s + 60, 10], [from_s + 120, 10]]},
	]}
	question := {
		"from_ms": from_s * 1000, "to_ms": (from_s + 120) * 1000, "step_s": 60,
		"outcome": "outcome", "good": "ok", "bad": "bad",
	}
	ratio.totals(counters, question) == {"from_ms": from_s * 1000, "good": 80, "total": 80, "known": true}
	counter.increase(counters.series[0], question) == 80
}

test_edge_several_series_need_a_reducer if {
	result := above({"series": [matrix(breach(0, 0)).series[0], matrix(breach(600, 2415)).series[0]]}, spec)
	result.verdict == "unknown"
	result.reason == "2 series, and no `reducer` says which of them counts"
	result.series == []
}

test_edge_no_data_is_unknown if {
	nothing := above({"series": []}, spec)
	nothing.verdict == "unknown"
	nothing.reason == "no series: nothing was measured"
	no_samples := above(matrix([]), spec)
	no_samples.verdict == "unknown"
	only(no_samples).possible_ms == 7200000
	only(no_samples).max_gap_ms == 7200000
	only(no_samples).worst == null
}

test_edge_outside_retention_is_unknown if {
	earlier := above(matrix([[from_s - 900, 100], [from_s - 885, 100]]), spec)
	earlier.verdict == "unknown"
	only(earlier).known_ms == 0
	only(earlier).n == 0
	share_above(matrix([[from_s - 900, 100]]), spec).verdict == "unknown"
}

test_edge_clock_skew_warns_above_two_seconds if {
	skewed := above(matrix(breach(600, 2415)), with_fields({"skew_s": -3}))
	skewed.verdict == "true"
	skewed.warnings == ["the clock of the source is off by more than two seconds"]
	above(matrix(breach(600, 2415)), with_fields({"skew_s": 2})).warnings == []
}

test_edge_clock_skew_of_more_than_a_step_makes_the_edges_unknown if {
	result := above(matrix(breach(0, 1815)), with_fields({"skew_s": 20}))
	result.verdict == "unknown"
	only(result).certain_ms == 1795000
	only(result).possible_ms == 1815000
	only(result).unknown_ms == 40000
	above(matrix(breach(0, 1815)), with_fields({"skew_s": 15})).verdict == "true"
	only(above(matrix(breach(0, 1815)), with_fields({"skew_s": 4000}))).known_ms == 0
}

test_edge_the_threshold_itself_is_not_above if {
	at := [[t, 120] | some [t, _] in breach(0, 0)]
	above(matrix(at), spec).verdict == "false"
	below(matrix(at), spec).verdict == "false"
	share_above(matrix(at), with_fields({"share": 0})).verdict == "false"
}

# -- Gaps --------------------------------------------------------------------

test_exactly_two_and_a_half_steps_hold if {
	samples := array.concat([[from_s, 130]], [[from_s + at, 130] | some i in numbers.range(0, 50); at := 37.5 + (37.5 * i)])
	only(above(matrix(samples), spec)).max_gap_ms == (7200 - ((37.5 * 51) + 15)) * 1000
	only(above(matrix(samples), with_fields({"hold_steps": 2.49}))).known_ms == 15000
}

test_the_last_sample_holds_for_one_step if {
	result := above(matrix(array.slice(breach(0, 9000), 0, 121)), spec)
	result.verdict == "true"
	only(result).certain_ms == 1815000
	above(matrix(array.slice(breach(0, 9000), 0, 120)), spec).verdict == "unknown"
}

test_a_sample_before_the_window_holds_into_it if {
	samples := array.concat([[from_s - 5, 130]], [[from_s + at, 100] | some i in numbers.range(0, 479); at := 10 + (15 * i)])
	only(above(matrix(samples), spec)).hit_ms == 10000
	only(above(matrix(samples), spec)).unknown_ms == 0
}

test_unknown_time_before_the_first_sample_may_be_above if {
	result := above(matrix(holed(breach(1800, 1815), -1, 1790)), spec)
	result.verdict == "unknown"
	only(result).possible_ms == 1815000
	above(matrix(holed(breach(0, 0), -1, 1790)), spec).verdict == "false"
}

test_a_gap_does_not_carry_the_state_before_it if {
	result := share_above(matrix(holed(breach(0, 615), 600, 900)), spec)
	only(result).hit_ms == 600000
	only(result).unknown_ms == 300000
}

test_a_certain_run_is_true_whatever_is_missing if {
	samples := array.concat(array.slice(breach(0, 9000), 0, 130), [[from_s + 7190, 100]])
	above(matrix(samples), spec).verdict == "true"
}

test_two_gaps_side_by_side_are_one_unknown_stretch if {
	samples := [point | some point in breach(0, 0); not hidden(point[0] - from_s, 600, 900); not hidden(point[0] - from_s, 900, 1200)]
	only(above(matrix(samples), spec)).max_gap_ms == 600000
}

# -- Bridges -----------------------------------------------------------------

crossing(fields) := {"bridge": object.union({"max_gap_s": 300, "share": 0.1}, fields)}

test_a_bridge_needs_the_right_side_at_both_ends if {
	# The breach ends within the gap.
	samples := [[point[0], v] |
		some point in holed(breach(600, 2160), 2160, 2400)
		v := value(point[0] - from_s, 600, 2150)
	]
	above(matrix(samples), with_fields(crossing({"share": 1}))).verdict == "false"
	late := holed(breach(600, 2161), 2160, 2400)
	only(above(matrix(late), with_fields(crossing({"share": 1})))).bridged_ms == 0
}

test_a_lone_sample_in_a_gap_counts_for_the_bridge if {
	samples := [point | some point in breach(600, 3300); not hidden(point[0] - from_s, 2160, 2250); not hidden(point[0] - from_s, 2250, 2400)]
	only(above(matrix(samples), with_fields(crossing({})))).bridged_ms == minutes(4)
	wrong := [[point[0], v] | some point in samples; v := lone(point)]
	only(above(matrix(wrong), with_fields(crossing({})))).bridged_ms == 0
}

lone(point) := 100 if {
	point[0] == from_s + 2250
} else := point[1]

test_a_chain_is_bridged_in_the_part_that_keeps_the_share if {
	# 26 min, a hole of 4 min, 15 min, a hole of 5 min, 1 min.
	samples := [point | some point in breach(600, 3660); not hidden(point[0] - from_s, 2160, 2400); not hidden(point[0] - from_s, 3300, 3600)]
	result := above(matrix(samples), with_fields(crossing({})))
	only(result).run_ms == minutes(45)
	only(result).bridged_ms == minutes(4)
	only(above(matrix(samples), with_fields(crossing({"share": 0.5})))).run_ms == minutes(51)
}

test_more_than_thirty_two_holes_are_not_bridged if {
	samples := [point | some i, point in breach(0, 9000); i % 6 < 3]
	only(above(matrix(samples), with_fields(crossing({"share": 1})))).bridged_ms == 0
	few := array.slice(samples, 0, 90)
	only(above(matrix(few), with_fields(crossing({"share": 1})))).run_ms == 2655000
}

# -- Shares ------------------------------------------------------------------

test_a_share_is_greater_strictly if {
	share_above(matrix(breach(0, 1800)), spec).verdict == "false"
	share_above(matrix(breach(0, 1815)), spec).verdict == "true"
	only(share_above(matrix(breach(0, 1800)), spec)).hit_ms == minutes(30)
}

test_a_share_adds_what_lies_apart if {
	samples := [[t, 100 + (30 * (i % 2))] | some i, [t, _] in breach(0, 0)]
	only(share_above(matrix(samples), spec)).hit_ms == 3600000
	share_above(matrix(samples), spec).verdict == "true"
	share_below(matrix(samples), spec).verdict == "true"
	share_below(matrix(samples), with_fields({"share": 0.5})).verdict == "false"
}

test_a_gap_leaves_a_share_open if {
	result := share_above(matrix(holed(breach(0, 1680), 3000, 3300)), spec)
	result.verdict == "unknown"
	result.reason == "above the threshold certainly for 28 min 0 s, possibly for 33 min 0 s of 120 min 0 s, limit 25.00 %"
	share_above(matrix(holed(breach(0, 1500), 3000, 3300)), spec).verdict == "false"
	share_above(matrix(holed(breach(0, 1815), 3000, 3300)), spec).verdict == "true"
}

# -- Several series ----------------------------------------------------------

pair(a, b) := {"series": [
	{"labels": {"cluster": "ld4", "pod": "1"}, "samples": a, "infinite": []},
	{"labels": {"cluster": "ny5", "pod": "2"}, "samples": b, "infinite": []},
]}

reduced(a, b, reducer) := above(pair(a, b), with_fields({"reducer": reducer}))

test_any if {
	reduced(breach(0, 0), breach(600, 2415), "any").verdict == "true"
	reduced(breach(0, 0), holed(breach(600, 2415), 1470, 1530), "any").verdict == "unknown"
	reduced(breach(0, 0), breach(600, 1800), "any").verdict == "false"
	reduced([], breach(600, 2415), "any").verdict == "true"
}

test_all if {
	reduced(breach(600, 2415), breach(600, 2415), "all").verdict == "true"
	reduced(breach(0, 0), [], "all").verdict == "false"
	result := reduced([], breach(600, 2415), "all")
	result.verdict == "unknown"
	result.reason == "1 of 2 series are unknown; the first: above the threshold certainly for 0 s, possibly for 120 min 0 s, limit 30 min 0 s"
}

test_worst_by_names_the_values_of_a_label if {
	result := reduced(breach(0, 0), breach(600, 2415), "worst_by:cluster")
	result.verdict == "true"
	result.groups == [{"value": "ld4", "verdict": "false"}, {"value": "ny5", "verdict": "true"}]
	reduced(breach(0, 0), breach(600, 2415), "worst_by:zone").groups == [{"value": "", "verdict": "true"}]
}

test_max_and_min_are_taken_at_each_instant if {
	# One after the other above, 20 min each: the greater of them for 40 min.
	a := breach(0, 1200)
	b := breach(1200, 2400)
	reduced(a, b, "any").verdict == "false"
	reduced(a, b, "max").verdict == "true"
	only(reduced(a, b, "max")).certain_ms == minutes(40)
	reduced(a, b, "min").verdict == "false"
	only(reduced(a, breach(600, 2400), "min")).certain_ms == minutes(10)
}

test_sum if {
	result := above(pair(breach(0, 1200), breach(600, 2415)), with_fields({"reducer": "sum", "threshold": 250}))
	only(result).certain_ms == minutes(10)
	only(result).worst == 260
	only(result).labels == {}
}

test_an_instant_that_one_series_lacks_is_not_observed if {
	result := reduced(breach(0, 2400), holed(breach(0, 2400), 600, 900), "max")
	only(result).unknown_ms == 300000
	only(reduced(breach(0, 2400), [], "max")).known_ms == 0
}

test_a_reducer_over_one_series_is_that_series if {
	every reducer in ["any", "all", "max", "min", "sum", "worst_by:cluster"] {
		only(above(matrix(breach(600, 2415)), with_fields({"reducer": reducer}))).labels == {"cluster": "ld4"}
	}
}

test_a_series_that_contradicts_itself_has_no_part_in_a_sum if {
	twice := array.concat(breach(0, 2400), [[from_s + 900, 100]])
	only(reduced(breach(0, 2400), twice, "sum")).known_ms == 0
}

test_minus_infinity_has_no_part_in_a_sum if {
	facts := {"series": [
		{"labels": {}, "samples": breach(0, 0), "infinite": []},
		{"labels": {}, "samples": holed(breach(0, 0), 0, 9000), "infinite": [[from_s + 15, "-Inf"], [from_s + 30, "+Inf"], [from_s + 45, "+Inf"]]},
	]}
	result := above(facts, with_fields({"reducer": "sum", "threshold": 250}))
	only(result).worst == "+Inf"
	only(result).hit_ms == 30000
}

# -- Odd input ---------------------------------------------------------------

test_an_unsound_spec_is_unknown_and_says_why if {
	facts := matrix(breach(600, 2415))
	every fields, reason in {
		{"threshold": "120"}: "the spec has no usable number `threshold`",
		{"longer_than_s": null}: "the spec has no usable number `longer_than_s`",
		{"to_ms": from_s * 1000}: "the window of the spec is empty",
		{"from_ms": 0.1, "to_ms": 0.4}: "the window of the spec is empty",
		{"step_s": 0}: "`step_s` of the spec is not positive",
		{"threshold": 1e300}: "the spec has no usable number `threshold`",
		{"hold_steps": "2"}: "`hold_steps` and `skew_s` of the spec are numbers",
		{"skew_s": null}: "`hold_steps` and `skew_s` of the spec are numbers",
		{"bridge": {"max_gap_s": 1}}: "`bridge` of the spec has no `max_gap_s` and `share`",
		{"bridge": 5}: "`bridge` of the spec has no `max_gap_s` and `share`",
		{"reducer": "avg"}: "`avg` is not a reducer",
		{"reducer": 5}: "`5` is not a reducer",
		{"reducer": "worst_by:"}: "`worst_by:` is not a reducer",
	} {
		above(facts, with_fields(fields)) == {"verdict": "unknown", "reason": reason, "series": [], "reducer": null, "warnings": []}
	}
	above(facts, null).reason == "the spec is not an object"
	above(facts, with_fields({"share": "half"})).verdict == "true"
	share_above(facts, with_fields({"longer_than_s": null})).verdict == "true"
	share_above(facts, object.remove(spec, ["share"])).reason == "the spec has no usable number `share`"
}

test_without_an_instant_to_judge_at_all_is_unknown if {
	result := window.sustained_above(matrix(breach(600, 2415)), spec) with input as {}
	result.reason == "the input names no instant to judge at (`as_of_ns`)"
}

test_other_facts_are_unknown if {
	every facts in [null, "x", [], {}, {"series": {}}, {"series": [null]}, {"series": [{"labels": {}, "samples": [], "infinite": "x"}]}] {
		above(facts, spec).reason == "the facts are not those of a `prometheus-matrix`"
	}
}

test_samples_that_are_no_pairs_of_numbers_are_unknown if {
	sound := breach(600, 2415)
	every odd in [null, 5, "x", {}, [], [from_s], [from_s, "NaN"], [from_s, null], [from_s, true], ["x", 130], [from_s, 130, 1], [null, 1], [1e300, 1]] {
		result := above(matrix(array.concat(sound, [odd])), spec)
		result.verdict == "unknown"
		result.reason == "the samples are not pairs of numbers"
		only(result).certain_ms == 0
		only(result).possible_ms == 7200000
	}
}

test_counts_that_are_no_numbers_are_none if {
	facts := json.patch(matrix(breach(600, 2415)), [{"op": "add", "path": "/series/0/nan", "value": "many"}])
	above(facts, spec).warnings == []
	above(facts, spec).verdict == "true"
	two := {"series": [facts.series[0], object.union(facts.series[0], {"nan": 3})]}
	only(above(two, with_fields({"reducer": "max"}))).nan == 3
}
