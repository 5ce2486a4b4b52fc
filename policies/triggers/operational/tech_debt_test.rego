package triggers.operational.tech_debt_test

import data.lib.fixture_test as fixture

thresholds := {
	"horizon_days": 30, "window_days": 56, "min_days": 28, "min_day_share": 0.8,
	"min_budget_left": 0.25, "budget_days": 30, "min_budget_days": 28,
	"gauges": [{"id": "latency", "metric": "p95", "baseline": "latency", "unit": "ms"}],
	"ratios": [{"id": "hits", "sli": "hits", "baseline": "hits"}],
	"counter": "events",
}

baselines := {"latency": {"target": 120}, "hits": {"target": 0.9}}

# 20780 is the day of the instant judged: 56 days, the last one today.
today := 20780

day(i) := (today - 55) + i

# `start` and `step` a day; the noise is a week that repeats.
daily(start, step, noise) := [[day(i) * 86400, (start + (i * step)) + noise[i % 7]] | some i in numbers.range(0, 55)]

quiet := [0, 0, 0, 0, 0, 0, 0]

week := [0, 1, 2, 1, 0, -2, -2]

gauge(points) := fixture.series({"__name__": "p95"}, points)

counter(outcome, points) := fixture.series({"__name__": "events", "sli": "hits", "outcome": outcome}, points)

items := {"slo.history": fixture.matrix([
	gauge(daily(107, 0, week)),
	counter("bad", daily(60, 0, quiet)),
	counter("good", daily(940, 0, quiet)),
])}

heads(patch) := found if {
	at := fixture.patched(items, patch)
	found := data.triggers.operational.tech_debt with input as at
		with data.triggers.operational.thresholds.tech_debt as thresholds
		with data.baselines as baselines
}

put(i, points) := [{"op": "replace", "path": sprintf("/slo.history/facts/series/%d/samples", [i]), "value": points}]

msgs(set_of) := {f.msg | some f in set_of; is_object(f)}

verdicts(h) := {r.id: r.details.verdict | some r in h.reading; r.details.used}

said(h, id) := [r.msg | some r in h.reading; r.id == id][0]

test_clear if {
	h := heads([])
	h.trigger == set()
	h.inconclusive == set()
	verdicts(h) == {"forecast": "false", "error-budget": "false"}
	said(h, "forecast") == "straight line through 56 days, targets within 30 days: no SLI moves towards its target"
	said(h, "error-budget") == "error budget of 30 days, at least 25.00 % to be left: hits has used 60.00 %"
}

# 107 ms on the first day, 0.2 ms a day: 118 ms today, 120 ms in ten days.
test_fired_by_forecast if {
	h := heads(put(0, daily(107, 0.2, quiet)))
	msgs(h.trigger) == {"forecast: latency is at 118.0 ms and reaches its target of 120.0 ms in 10 days, limit 30 days"}
	verdicts(h) == {"forecast": "true", "error-budget": "false"}
	some f in h.trigger
	f.term == "latency"
	f.details.slope_nano == 200000000
}

test_weekly_noise_does_not_hide_the_trend if {
	h := heads(put(0, daily(107, 0.2, week)))
	count(h.trigger) == 1
}

# On the thirtieth day, and on the thirty-first.
test_the_last_day_of_the_horizon if {
	h := heads(put(0, daily(103, 0.2, quiet)))
	msgs(h.trigger) == {"forecast: latency is at 114.0 ms and reaches its target of 120.0 ms in 30 days, limit 30 days"}
	later := heads(put(0, daily(102.9, 0.2, quiet)))
	later.trigger == set()
	later.inconclusive == set()
	said(later, "forecast") == "straight line through 56 days, targets within 30 days: latency is at 113.9 ms and reaches its target of 120.0 ms in 31 days"
}

test_already_beyond_the_target if {
	h := heads(put(0, daily(125, -0.01, quiet)))
	msgs(h.trigger) == {"forecast: latency is at 124.4 ms and reaches its target of 120.0 ms in 0 days, limit 30 days"}
}

test_one_bad_day_is_no_trend if {
	points := array.concat(array.slice(daily(107, 0, quiet), 0, 55), [[today * 86400, 900]])
	heads(put(0, points)).trigger == set()
}

test_a_ratio_falls if {
	# 5 % misses, growing by 0.05 points a day: 7.75 % today, 10 % in 45 days.
	slow := heads(array.concat(put(1, daily(50, 0.5, quiet)), put(2, daily(950, -0.5, quiet))))
	slow.trigger == set()
	fast := heads(array.concat(put(1, daily(50, 0.8, quiet)), put(2, daily(950, -0.8, quiet))))
	"forecast: hits is at 90.60 % and reaches its target of 90.00 % in 8 days, limit 30 days" in msgs(fast.trigger)
}

# 30 days x 1000 events x 10 % allowed = 3000; 75 % of it is 2250.
test_exactly_a_quarter_left_is_clear if {
	h := heads(array.concat(put(1, daily(75, 0, quiet)), put(2, daily(925, 0, quiet))))
	h.trigger == set()
	h.inconclusive == set()
}

test_fired_by_error_budget if {
	h := heads(array.concat(put(1, daily(76, 0, quiet)), put(2, daily(924, 0, quiet))))
	msgs(h.trigger) == {"hits has used 76.00 % of its error budget of 30 days, limit 75.00 %"}
	verdicts(h) == {"forecast": "false", "error-budget": "true"}
}

test_a_ratio_is_of_sums if {
	# Half of the traffic on the day with all the errors.
	bad := array.concat(array.slice(daily(0, 0, quiet), 0, 55), [[today * 86400, 9000]])
	good := array.concat(array.slice(daily(1000, 0, quiet), 0, 55), [[today * 86400, 20000]])
	h := heads(array.concat(put(1, bad), put(2, good)))
	"hits has used 155.17 % of its error budget of 30 days, limit 75.00 %" in msgs(h.trigger)
}

test_too_few_days_are_unknown if {
	h := heads(put(0, array.slice(daily(107, 0.2, quiet), 29, 56)))
	h.trigger == set()
	msgs(h.inconclusive) == {"no forecast: latency: 27 of 27 days known"}
	verdicts(h).forecast == "unknown"
	enough := heads(put(0, array.slice(daily(107, 0.2, quiet), 28, 56)))
	count(enough.trigger) == 1
}

test_too_many_holes_are_unknown if {
	holes := [p | some i, p in daily(107, 0.2, quiet); not i in numbers.range(10, 21)]
	h := heads(put(0, holes))
	msgs(h.inconclusive) == {"no forecast: latency: 44 of 56 days known"}
	one_more := [p | some i, p in daily(107, 0.2, quiet); not i in numbers.range(10, 20)]
	count(heads(put(0, one_more)).trigger) == 1
}

test_no_days_are_unknown if {
	h := heads(array.concat(put(0, []), put(1, [])))
	h.trigger == set()
	msgs(h.inconclusive) == {
		"no forecast: latency: 0 of 56 days known",
		"no forecast: hits: 0 of 56 days known",
		"no error budget: hits: 0 of 30 days known",
	}
	said(h, "error-budget") == "error budget of 30 days, at least 25.00 % to be left: no error budget can be computed"
}

test_an_unknown_sli_does_not_hide_a_fired_one if {
	h := heads(array.concat(put(0, daily(107, 0.2, quiet)), put(1, [])))
	count(h.trigger) == 1
	count(h.inconclusive) == 2
	verdicts(h) == {"forecast": "true", "error-budget": "unknown"}
}

test_days_without_events_are_not_known if {
	h := heads(array.concat(put(1, daily(0, 0, quiet)), put(2, daily(0, 0, quiet))))
	"no error budget: hits: 0 of 30 days known" in msgs(h.inconclusive)
}

test_history_that_ended_is_not_today if {
	old := [[p[0] - (40 * 86400), p[1]] | some p in daily(107, 0.2, quiet)]
	msgs(heads(put(0, old)).inconclusive) == {"no forecast: latency: 16 of 56 days known"}
}

test_two_series_or_two_samples_a_day_are_unknown if {
	double := array.concat(daily(107, 0, quiet), [[(today * 86400) + 60, 107]])
	msgs(heads(put(0, double)).inconclusive) == {"no forecast: latency: 0 of 56 days known"}
	twin := fixture.series({"__name__": "p95", "cluster": "ny5"}, daily(107, 0, quiet))
	h := heads([{"op": "add", "path": "/slo.history/facts/series/-", "value": twin}])
	msgs(h.inconclusive) == {"no forecast: latency: 0 of 56 days known"}
}

test_a_target_that_allows_nothing_has_no_budget if {
	at := fixture.of(items)
	h := data.triggers.operational.tech_debt with input as at
		with data.triggers.operational.thresholds.tech_debt as thresholds
		with data.baselines as {"latency": {"target": 120}, "hits": {"target": 1}}
	"no error budget: hits: the target allows no bad event" in msgs(h.inconclusive)
}

test_unreadable_series_are_unknown if {
	h := heads([{"op": "replace", "path": "/slo.history/facts/series/0", "value": "x"}])
	h.trigger == set()
	"the history cannot be read as series of samples" in h.inconclusive
	empty := heads([{"op": "replace", "path": "/slo.history/facts/series", "value": []}])
	"evidence `slo.history` does not say `series`" in empty.inconclusive
}

test_unknown_without_targets if {
	at := fixture.of(items)
	h := data.triggers.operational.tech_debt with input as at
		with data.triggers.operational.thresholds.tech_debt as thresholds
		with data.baselines as {"latency": {"target": 120}}
	h.trigger == set()
	"policy data does not set `baselines.hits.target`" in h.inconclusive
	"the forecast has no result" in h.inconclusive
}

test_unknown_without_evidence if {
	h := heads(fixture.without("/slo.history"))
	h.inconclusive & {"evidence `slo.history` is missing"} == {"evidence `slo.history` is missing"}
	h.reading == set()
	h.trigger == set()
}

test_unknown_without_thresholds if {
	at := fixture.of(items)
	h := data.triggers.operational.tech_debt with input as at
		with data.triggers.operational.thresholds as {}
	h.trigger == set()
	count(h.inconclusive) > 0
}
