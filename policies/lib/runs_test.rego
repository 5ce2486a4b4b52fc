package lib.runs_test

import data.lib.runs

test_earlier_finds_every_place if {
	times := numbers.range_step(0, 5998, 2)
	every i in [0, 1, 31, 32, 33, 1023, 1024, 1025, 1056, 2047, 2048, 2999] {
		runs.earlier(times, 2 * i) == i
		runs.earlier(times, (2 * i) + 1) == i + 1
	}
	runs.earlier(times, -1) == 0
	runs.earlier(times, 9000) == 3000
	runs.earlier([], 5) == 0
}

test_equal_instants_are_not_earlier if runs.earlier([1, 2, 2, 2, 3], 2) == 1

test_runs if {
	runs.runs({1, 2, 3, 7, 9, 10}) == [[1, 4], [7, 8], [9, 11]]
	runs.runs(set()) == []
}

test_longest if {
	runs.longest([[0, 5], [10, 20], [30, 40]]) == {"ms": 10, "sum_ms": 25, "run": {"from_ms": 10, "to_ms": 20}}
	runs.longest([]) == {"ms": 0, "sum_ms": 0, "run": null}
}

test_between if {
	runs.between([[5, 7], [10, 20]], {"from_ms": 0, "to_ms": 20}) == [[0, 5], [7, 10]]
	runs.between([], {"from_ms": 0, "to_ms": 20}) == [[0, 20]]
}

full := {"from_ms": 0, "to_ms": 60000, "low_ms": 0, "high_ms": 60000}

# Samples at 10, 20, … seconds, and the end of the last one's step.
times := [10, 20, 30, 40, 50]

test_spans_of_runs if {
	runs.spans_of(times, {0, 2, 3}, {1, 3, 4}, full) == [[10000, 20000], [30000, 50000]]
	runs.spans_of(times, {0, 2, 3}, {1, 3, 4}, object.union(full, {"low_ms": 15000, "high_ms": 45000})) == [[15000, 20000], [30000, 45000]]
	runs.spans_of(times, {0}, {1}, object.union(full, {"low_ms": 25000})) == []
	runs.spans_of(times, set(), set(), full) == []
}

test_the_rest_of_runs if {
	runs.rest_of(times, {1}, {2}, full) == [[10000, 20000], [30000, 50000]]
	runs.rest_of(times, {0, 1, 2, 3}, {1, 2, 3, 4}, full) == []
}

test_gaps if {
	runs.gaps([0, 10, 35, 36, 62], 25) == {"own": {3}, "next": {4}}
	runs.gaps([], 25) == {"own": set(), "next": set()}
}

test_rows_that_begin_with_numbers if {
	runs.timed([])
	runs.timed([[1, 5], [2, "x"]])
	every odd in [[5], [[null, 1], [1, 1]], [[1, 1], ["x", 1]], [[1, 1], {}], [[1, 1], [[1], 1]], ["x"], [[]]] {
		not runs.timed(odd)
	}
	runs.numbers_only([])
	runs.numbers_only([1, -5, 1e300])
	every odd in [null, true, "NaN", [1], {}] {
		not runs.numbers_only([1, odd])
	}
}
