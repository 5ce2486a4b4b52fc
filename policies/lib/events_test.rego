package lib.events_test

import data.lib.events

test_mostly_over if events.mostly_over([1, 2, 11, 12, 13], 10, 5, 0.5) == {"verdict": "true", "over": 3, "events": 5}

test_the_share_itself_is_not_over if events.mostly_over([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 10, 5, 0.1).verdict == "false"

test_too_few if events.mostly_over([11, 12], 10, 5, 0.1) == {"verdict": "unknown", "over": 2, "events": 2}

test_none if events.mostly_over([], 10, 5, 0.1).verdict == "unknown"

test_median if {
	events.median([3, 1, 2]) == 2
	events.median([4, 1, 2, 3]) == 2
	events.median([]) == null
}
