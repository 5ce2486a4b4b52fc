# METADATA
# scope: package
# title: A straight line through daily values
# description: >-
#   The Theil-Sen line: its slope is the median of the slopes between every two
#   days, its level the median of what is left, so that a day out of the ordinary
#   moves neither. Of an even number of values the lower middle one is the median.
#   Values are whole millionths, slopes and levels whole billionths, so that two
#   engines draw the same line. It is a summary of the past, without an interval:
#   a forecast from it is advice.
#
#   `points`: [[day number, value in millionths]], one for each day, in order.
package lib.trend

import data.lib.events

# Slope (billionths a day) and level at the day `at` (billionths); null of fewer
# than two points.
line(points, at) := {"slope_nano": slope, "level_nano": level} if {
	count(points) >= 2
	slope := events.median(slopes(points))
	level := events.median([moved |
		some p in points
		moved := (p[1] * 1000) + (slope * (at - p[0]))
	])
} else := null

# The slope of every two days, cut to whole billionths. `floor` of a negative
# number is not the same in every engine, so each is lifted above zero first, by
# more than any slope can fall.
slopes(points) := [slope |
	values := [p[1] | some p in points]
	lift := ((max(values) - min(values)) + 1) * 1000
	n := count(points)
	some i, a in points
	some b in array.slice(points, i + 1, n)
	days := b[0] - a[0]
	slope := floor((((b[1] - a[1]) * 1000) + (lift * days)) / days) - lift
]

# The first whole day, counted from the line's level, on which the line is at
# `bound_nano` or above: 0 when it is there already, null when it never is.
days_until(fit, bound_nano) := 0 if {
	fit.level_nano >= bound_nano
} else := null if {
	fit.slope_nano <= 0
} else := floor(((bound_nano - fit.level_nano) + (fit.slope_nano - 1)) / fit.slope_nano)
