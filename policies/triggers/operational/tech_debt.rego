# METADATA
# scope: package
# title: Accumulating technical debt threatens an SLA
# description: >-
#   A straight line through the daily history of each SLI (Theil-Sen, over the last
#   56 days) meets the target within 30 days; or less than 25 % of the error budget
#   that a target allows over 30 days is left. Advice, not measurement of a breach:
#   the line has no interval, and it says nothing about why. An SLI of which fewer
#   than 28 days, or fewer than 80 % of the days since its first, are known is
#   unknown.
# custom:
#   id: operational.tech-debt
#   severity: medium
#   condition: "technical debt accumulation threatens SLA maintenance"
#   class: measured
#   matrix: operational
#   controls: ["SOC2:CC3.2", "SOC2:CC9.1", "SOC2:A1.1", "ISO27001:A.8.6", "ISO27001:A.8.8", "NIST-800-53:RA-7", "NIST-800-53:CA-5", "NIST-800-53:SA-22", "DORA:Art.7", "DORA:Art.8"]
#   requires: [{evidence: slo.history, kind: prometheus-matrix, max_age: 2d}]
#   remediation: Find what drifts with the SLI (data volume, integrations, old components), and plan the work before the forecast date.
package triggers.operational.tech_debt

import data.lib.evidence
import data.lib.series
import data.lib.text
import data.lib.trend
import data.lib.trigger as heads

items := ["slo.history"]

default matrix := {}

matrix := input.evidence["slo.history"].facts if evidence.usable(input.evidence["slo.history"])

default limits := {}

limits := data.triggers.operational.thresholds.tech_debt

inconclusive contains gap if some gap in evidence.gaps({"slo.history": "prometheus-matrix"})

inconclusive contains gap if {
	some gap in evidence.unset("tech_debt", limits, [
		"horizon_days", "window_days", "min_days", "min_day_share",
		"min_budget_left", "budget_days", "min_budget_days", "gauges", "ratios", "counter",
	])
}

inconclusive contains gap if some gap in evidence.absent("slo.history", matrix, [["series"]])

inconclusive contains "the history cannot be read as series of samples" if {
	count(matrix) > 0
	not series.readable(matrix)
}

inconclusive contains gap if {
	some sli in listed
	some gap in evidence.unset(sprintf("baselines.%s", [sli.baseline]), object.get(data.baselines, sli.baseline, {}), ["target"])
}

listed := array.concat(object.get(limits, "gauges", []), object.get(limits, "ratios", []))

# The day of the instant judged. A sample belongs to the day of its instant.
today := floor(input.as_of_ns / 86400000000000)

# The samples of the one series with these labels, by day; nothing where there
# are several series, or several samples of one day: which of them counts?
by_day(wanted, days) := {day: value |
	some [t, value] in found[0].samples
	day := floor(t / 86400)
	is_number(value)
	day > today - days
	day <= today
} if {
	series.readable(matrix)
	found := [s | some s in matrix.series; labelled(s.labels, wanted)]
	count(found) == 1
	instants := [t | some [t, _] in found[0].samples; is_number(t)]
	count({day | some t in instants; day := floor(t / 86400)}) == count(found[0].samples)
} else := {}

labelled(labels, wanted) if {
	every key, value in wanted {
		object.get(labels, key, null) == value
	}
}

gauge_points(gauge) := [[day, text.micro(value)] |
	some day in sort(object.keys(values))
	value := values[day]
] if {
	values := by_day({"__name__": gauge.metric}, limits.window_days)
}

# Good and bad events of each day on which both were counted.
counts(ratio, days) := {day: {"bad": round(bad[day]), "total": round(good[day] + bad[day])} |
	some day in (object.keys(good) & object.keys(bad))
	good[day] + bad[day] > 0
} if {
	good := by_day({"__name__": limits.counter, "sli": ratio.sli, "outcome": "good"}, days)
	bad := by_day({"__name__": limits.counter, "sli": ratio.sli, "outcome": "bad"}, days)
}

# The share of bad events, which is what must stay below.
ratio_points(ratio) := [[day, floor((c.bad * 1000000) / c.total)] |
	some day in sort(object.keys(daily))
	c := daily[day]
] if {
	daily := counts(ratio, limits.window_days)
}

target(sli) := data.baselines[sli.baseline].target

fits := [fit_of(gauge, gauge_points(gauge), text.micro(target(gauge)) * 1000) | some gauge in limits.gauges]

ratio_fits := [fit_of(ratio, ratio_points(ratio), (1000000 - text.micro(target(ratio))) * 1000) | some ratio in limits.ratios]

# Gauges are better the lower they are.
fit_of(sli, points, bound_nano) := {
	"id": sli.id, "unit": object.get(sli, "unit", null), "verdict": "unknown", "days": count(points), "bound_nano": bound_nano,
	"reason": sprintf("%v of %v days known", [count(points), span(points)]),
} if {
	too_few(points)
} else := {
	"id": sli.id, "unit": object.get(sli, "unit", null), "verdict": within_horizon(days_left), "days": count(points), "bound_nano": bound_nano,
	"level_nano": line.level_nano, "slope_nano": line.slope_nano, "days_left": days_left,
} if {
	line := trend.line(points, today)
	days_left := trend.days_until(line, bound_nano)
}

span(points) := (today - points[0][0]) + 1 if {
	count(points) > 0
} else := limits.window_days

too_few(points) if count(points) < limits.min_days

too_few(points) if count(points) * 1000000 < text.micro(limits.min_day_share) * span(points)

within_horizon(days) := "true" if {
	is_number(days)
	days <= limits.horizon_days
} else := "false"

forecasts := array.concat(fits, ratio_fits)

forecast_verdict := heads.any_of({f.verdict | some f in forecasts})

# What is used of the bad events that the target allows. Compared in hundred
# thousandths, so that the products stay below 2^63.
budgets := [budget_of(ratio, counts(ratio, limits.budget_days)) | some ratio in limits.ratios]

budget_of(ratio, daily) := {"id": ratio.id, "verdict": "unknown", "days": count(daily), "reason": sprintf("%v of %v days known", [count(daily), limits.budget_days])} if {
	count(daily) < limits.min_budget_days
} else := {"id": ratio.id, "verdict": "unknown", "days": count(daily), "reason": "the target allows no bad event"} if {
	allowed(ratio) <= 0
} else := {
	"id": ratio.id, "days": count(daily), "bad": bad, "total": total,
	"verdict": spent(bad, total, ratio),
	"used_micro": floor((bad * 100000000000) / (allowed(ratio) * total)),
} if {
	bad := sum([c.bad | some c in daily])
	total := sum([c.total | some c in daily])
}

allowed(ratio) := 100000 - round(target(ratio) * 100000)

spent(bad, total, ratio) := "true" if {
	bad * 10000000000 > ((100000 - round(limits.min_budget_left * 100000)) * allowed(ratio)) * total
} else := "false"

budget_verdict := heads.any_of({b.verdict | some b in budgets})

# Sentences.
sentence(f) := sprintf("%s: %s", [f.id, f.reason]) if {
	f.verdict == "unknown"
} else := sprintf("%s is at %s and reaches its target of %s in %v days", [f.id, shown(f, f.level_nano), shown(f, f.bound_nano), f.days_left])

# Bad events are kept as a share of all; people speak of the good ones.
shown(f, nano) := text.percent(1000000 - floor(max([0, nano]) / 1000)) if {
	f.unit == null
} else := sprintf("%d.%d %s", [floor(max([0, nano]) / 1000000000), floor((max([0, nano]) % 1000000000) / 100000000), f.unit])

soonest := min(ahead) if {
	ahead := [f.days_left | some f in forecasts; is_number(object.get(f, "days_left", null))]
	count(ahead) > 0
}

default nearest := "no SLI moves towards its target"

nearest := concat("; ", [sentence(f) | some f in forecasts; object.get(f, "days_left", null) == soonest]) if is_number(soonest)

forecast_msg := sprintf("straight line through %v days, targets within %v days: %s", [limits.window_days, limits.horizon_days, nearest])

most_used := max(used) if {
	used := [b.used_micro | some b in budgets; is_number(object.get(b, "used_micro", null))]
	count(used) > 0
}

default least_left := "no error budget can be computed"

least_left := concat("; ", [sprintf("%s has used %s", [b.id, text.percent(b.used_micro)]) | some b in budgets; object.get(b, "used_micro", null) == most_used]) if is_number(most_used)

budget_msg := sprintf("error budget of %v days, at least %s to be left: %s", [limits.budget_days, text.percent(text.micro(limits.min_budget_left)), least_left])

reading contains heads.reading("forecast", true, forecast_verdict, forecast_msg, items, {"term": "forecast", "horizon_days": limits.horizon_days, "window_days": limits.window_days, "slis": forecasts}) if {
	count(matrix) > 0
}

reading contains heads.reading("error-budget", true, budget_verdict, budget_msg, items, {"term": "error-budget", "min_budget_left": limits.min_budget_left, "budget_days": limits.budget_days, "slis": budgets}) if {
	count(matrix) > 0
}

trigger contains heads.finding(f.id, sprintf("forecast: %s, limit %v days", [sentence(f), limits.horizon_days]), items, f) if {
	some f in forecasts
	f.verdict == "true"
}

trigger contains heads.finding(b.id, sprintf("%s has used %s of its error budget of %v days, limit %s", [b.id, text.percent(b.used_micro), limits.budget_days, text.percent(1000000 - text.micro(limits.min_budget_left))]), items, b) if {
	some b in budgets
	b.verdict == "true"
}

inconclusive contains heads.finding(f.id, sprintf("no forecast: %s", [sentence(f)]), items, f) if {
	count(matrix) > 0
	some f in forecasts
	f.verdict == "unknown"
}

inconclusive contains heads.finding(b.id, sprintf("no error budget: %s: %s", [b.id, b.reason]), items, b) if {
	count(matrix) > 0
	some b in budgets
	b.verdict == "unknown"
}

inconclusive contains "the forecast has no result" if {
	count(matrix) > 0
	count(forecasts) + count(budgets) != count(listed) + count(object.get(limits, "ratios", []))
}
