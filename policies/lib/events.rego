# METADATA
# scope: package
# title: Shares of discrete events
# description: >-
#   "Consistently", made countable: at least `min_events` events, and a share of
#   them over the limit. Fewer events are "unknown", never "fine".
package lib.events

# Do more than `max_share` of the numbers reach or pass the limit?
mostly_over(numbers, limit, min_events, max_share) := {"verdict": verdict, "over": over, "events": n} if {
	n := count(numbers)
	over := count([x | some x in numbers; x >= limit])
	verdict := share_verdict(over, n, min_events, max_share)
}

share_verdict(over, n, min_events, max_share) := "unknown" if {
	n < min_events
} else := "true" if {
	over * 1000000 > round(max_share * 1000000) * n
} else := "false"

# The middle number (the lower of two); null of none.
median(numbers) := sort(numbers)[floor((count(numbers) - 1) / 2)] if {
	count(numbers) > 0
} else := null
