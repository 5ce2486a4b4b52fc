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
	slope := events.median([quotient((b[1] - a[1]) * 1000, b[0] - a[0]) |
		some i, a in points
		some j, b in points
		j > i
	])
	level := events.median([moved |
		some p in points
		moved := (p[1] * 1000) + (slope * (at - p[0]))
	])
} else := null

# Towards zero, for both signs; `floor` of a negative number is not the same in
# every engine.
quotient(a, b) := floor(a / b) if {
	a >= 0
} else := 0 - floor((0 - a) / b)

# The first whole day, counted from the line's level, on which the line is at
# `bound_nano` or above: 0 when it is there already, null when it never is.
days_until(fit, bound_nano) := 0 if {
	fit.level_nano >= bound_nano
} else := null if {
	fit.slope_nano <= 0
} else := floor(((bound_nano - fit.level_nano) + (fit.slope_nano - 1)) / fit.slope_nano)
