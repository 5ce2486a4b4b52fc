package lib.trend_test

import data.lib.trend

test_a_line_is_found_again if {
	points := [[i, 100000000 + (i * 250000)] | some i in numbers.range(0, 9)]
	trend.line(points, 9) == {"slope_nano": 250000000, "level_nano": 102250000000}
	trend.line(points, 19).level_nano == 104750000000
}

test_a_falling_line if {
	points := [[i, 100000000 - (i * 250000)] | some i in numbers.range(0, 9)]
	trend.line(points, 9) == {"slope_nano": -250000000, "level_nano": 97750000000}
}

test_a_spike_moves_nothing if {
	points := array.concat([[i, 100000000 + (i * 250000)] | some i in numbers.range(0, 8)], [[9, 900000000]])
	trend.line(points, 9) == {"slope_nano": 250000000, "level_nano": 102250000000}
}

test_missing_days if {
	points := [[i, i * 1000] | some i in [0, 1, 5, 9]]
	trend.line(points, 10) == {"slope_nano": 1000000, "level_nano": 10000000}
}

test_too_few_points if {
	trend.line([], 5) == null
	trend.line([[1, 5]], 5) == null
}

test_slopes_are_cut_to_the_next_billionth_below if {
	trend.slopes([[0, 0], [7, 1]]) == [142]
	trend.slopes([[0, 1], [7, 0]]) == [-143]
	trend.slopes([[0, 5], [1, 5], [2, 8]]) == [0, 1500, 3000]
}

test_days_until if {
	trend.days_until({"slope_nano": 10, "level_nano": 100}, 100) == 0
	trend.days_until({"slope_nano": 10, "level_nano": 100}, 101) == 1
	trend.days_until({"slope_nano": 10, "level_nano": 100}, 110) == 1
	trend.days_until({"slope_nano": 10, "level_nano": 100}, 111) == 2
	trend.days_until({"slope_nano": 0, "level_nano": 100}, 101) == null
	trend.days_until({"slope_nano": -10, "level_nano": 100}, 101) == null
	trend.days_until({"slope_nano": -10, "level_nano": 100}, 99) == 0
}
