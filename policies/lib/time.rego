# METADATA
# scope: package
# title: Instants and ages
# description: >-
#   RFC 3339 text to nanoseconds without ever raising a builtin error, and ages
#   counted from the instant the gate was asked about (`input.as_of_ns`). No
#   function here knows what time it is.
package lib.time

ns_per_s := 1000000000

ns_per_ms := 1000000

shape := `^(19[7-9][0-9]|20[0-9][0-9]|21[0-9][0-9]|22[0-5][0-9]|226[01])-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`

last_day := {
	"01": "31", "03": "31", "04": "30", "05": "31", "06": "30", "07": "31",
	"08": "31", "09": "30", "10": "31", "11": "30", "12": "31",
}

# The instant as nanoseconds since 1970, or null where the text is no instant:
# a wrong shape, a day the month does not have, a leap second, a year before
# 1970 or after 2261.
ns(text) := instant if {
	is_string(text)
	regex.match(shape, text)
	month := substring(text, 5, 2)
	day := substring(text, 8, 2)
	day <= month_end(substring(text, 0, 4), month)
	instant := time.parse_rfc3339_ns(text)
} else := null

month_end(_, month) := last_day[month]

month_end(year, "02") := "29" if leap(to_number(year))

month_end(year, "02") := "28" if leap(to_number(year)) == false

leap(year) if {
	year % 4 == 0
	year % 100 != 0
} else if {
	year % 400 == 0
} else := false

# Whole seconds from an instant to the instant judged; negative for the future.
age_s(instant_ns) := floor((input.as_of_ns - instant_ns) / ns_per_s)

age_days(instant_ns) := floor((input.as_of_ns - instant_ns) / (86400 * ns_per_s))

# Past its limit only when strictly more than `days` days have gone by.
older_than_days(instant_ns, days) if input.as_of_ns - instant_ns > (days * 86400) * ns_per_s

in_future(instant_ns) if instant_ns > input.as_of_ns

# The `W` seconds that end `settle_s` before the instant judged, in milliseconds
# since 1970. The settling time leaves late samples room to arrive.
window(length_s, settle_s) := {"from_ms": stop - (length_s * 1000), "to_ms": stop} if {
	is_number(length_s)
	is_number(settle_s)
	length_s > 0
	settle_s >= 0
	stop := floor(input.as_of_ns / ns_per_ms) - (settle_s * 1000)
}
