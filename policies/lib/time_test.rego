package lib.time_test

import data.lib.fixture_test as fixture
import data.lib.time as instants

test_reads_an_instant if instants.ns("2026-11-23T13:00:00Z") == fixture.as_of_ns

test_reads_a_fraction if instants.ns("2026-11-23T13:00:00.250Z") == fixture.as_of_ns + 250000000

test_reads_an_offset if instants.ns("2026-11-23T14:00:00+01:00") == fixture.as_of_ns

test_refuses_what_is_no_instant if {
	every text in ["", "now", "2026-11-23", "2026-11-23 13:00:00Z", "2026-11-23T13:00:00", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T13:00:60Z", "1969-12-31T23:59:59Z", "2262-01-01T00:00:00Z", 5, null, {}] {
		instants.ns(text) == null
	}
}

test_knows_leap_days if {
	instants.ns("2024-02-29T00:00:00Z") == 1709164800000000000
	instants.ns("2000-02-29T00:00:00Z") == 951782400000000000
	is_number(instants.ns("2026-12-31T23:59:59Z"))
}

day_ns := 86400000000000

test_ages if {
	now := fixture.as_of_ns
	at := fixture.of({})
	instants.age_s(now - 1500000000) == 1 with input as at
	instants.age_s(now + 1000000000) == -1 with input as at
	instants.age_days(now - (2 * day_ns)) == 2 with input as at
}

test_exactly_at_the_limit_is_not_past_it if {
	now := fixture.as_of_ns
	at := fixture.of({})
	not instants.older_than_days(now - (7 * day_ns), 7) with input as at
	instants.older_than_days((now - (7 * day_ns)) - 1, 7) with input as at
}

test_future if {
	now := fixture.as_of_ns
	at := fixture.of({})
	instants.in_future(now + 1) with input as at
	not instants.in_future(now) with input as at
}

test_window if {
	w := instants.window(7200, 120) with input as fixture.of({})
	w == {"from_ms": 1795431480000, "to_ms": 1795438680000}
}

test_no_window_of_nonsense if {
	not instants.window(0, 0) with input as fixture.of({})
	not instants.window("7200", 0) with input as fixture.of({})
	not instants.window(60, -1) with input as fixture.of({})
}
