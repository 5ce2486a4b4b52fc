package lib.eventlog_test

import data.lib.eventlog
import data.lib.fixture_test as fixture

now := fixture.as_of_ns

log := {"source": "s", "complete": true, "from": "2026-11-16T13:00:00Z", "to": "2026-11-23T12:00:00Z", "events": []}

week := 7 * fixture.day_ns

covers(fields, from_ns) := answer if {
	at := fixture.of({})
	answer := eventlog.gaps(object.union(log, fields), from_ns, 3600) == set() with input as at
}

test_covers if {
	covers({}, now - week)
	covers({}, now)
}

test_a_second_too_short if {
	not covers({}, (now - week) - 1)
	not covers({"to": "2026-11-23T11:59:59Z"}, now)
}

test_says_what_it_does_not_cover if {
	at := fixture.of({})
	gaps := eventlog.gaps(object.union(log, {"complete": false}), 1795438805000000000, 3600) with input as at
	gaps == {"the log is not complete from 2026-11-23T13:00:05Z to 3600 s before the instant judged"}
}

test_unreadable_logs_cover_nothing if {
	every fields in [{"complete": null}, {"complete": "true"}, {"from": null}, {"from": 5}, {"to": "today"}, {"to": null}] {
		not covers(fields, now)
	}
	not covers({"events": {}}, now)
	at := fixture.of({})
	gaps := eventlog.gaps({"complete": true}, now, 0) with input as at
	"the log has no list of events" in gaps
}

test_no_log_is_not_a_gap_of_a_log if {
	at := fixture.of({})
	gaps := eventlog.gaps({}, now, 0) with input as at
	gaps == set()
}

test_listed if {
	eventlog.listed({"events": [{"id": "a"}, null, "x"]}) == [{"id": "a"}, {}, {}]
	eventlog.listed({"events": "x"}) == []
	eventlog.listed({}) == []
}

test_at if {
	eventlog.at({"t": "2026-11-23T13:00:00Z"}, "t") == now
	eventlog.at({"t": 5}, "t") == null
	eventlog.at({}, "t") == null
}

test_tagged if {
	eventlog.tagged({"tags": ["canary", "drill"]}, ["drill", "game-day"])
	not eventlog.tagged({"tags": ["canary"]}, ["drill"])
	not eventlog.tagged({"tags": "drill"}, ["drill"])
	not eventlog.tagged({"tags": [["drill"]]}, ["drill"])
	not eventlog.tagged({}, ["drill"])
}

test_conflicting if {
	eventlog.conflicting({{"id": "a", "at": 1}, {"id": "a", "at": 2}, {"id": "b", "at": 1}}) == {"a"}
	eventlog.conflicting({{"id": "a", "at": 1}}) == set()
}

test_instant if eventlog.instant(1767323045000000000) == "2026-01-02T03:04:05Z"

test_hours if {
	eventlog.hours(93600000) == "26.0 h"
	eventlog.hours(93599999) == "25.9 h"
	eventlog.hours(0) == "0.0 h"
}
