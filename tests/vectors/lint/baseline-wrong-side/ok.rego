#--- gates/deploy/x.rego
# METADATA
# title: Title
# custom:
#   id: deploy.x
#   severity: high
package gates.deploy.x

deny contains "x" if input.as_of_ns > 1
#--- baselines/data.yaml
schema: assize/baselines/v1
version: 1
latency: {unit: ms, better: lower, baseline: 107, target: 120, trigger: 120}
hits: {unit: ratio, better: higher, baseline: 0.935, target: 0.9, trigger: 0.9}
#--- governance/data.yaml
schema: assize/governance/v1
version: 1
baselines: [latency, hits]
matrix:
  sla: {urgency: immediate, due_min_days: 14, due_max_days: 28}
  compliance: {urgency: high, due_min_days: 28, due_max_days: 56}
  operational: {urgency: medium, due_min_days: 56, due_max_days: 84}
  business: {urgency: low, due: next-quarter}
reviews:
  monthly: {title: Check, since: "2026-11-01", grace_business_days: 5, max_trigger_age_h: 24}
  quarterly: {title: Value, since: "2026-11-01", grace_business_days: 5, max_trigger_age_h: 24}
  annual: {title: All, since: "2026-11-01", grace_business_days: 5, max_trigger_age_h: 24}
metrics:
  phase4:
    detection: {title: Detection, unit: s, better: lower, target: 3600, formula: x, watched_by: [watch.longer_than_s]}
  phase5:
    automation: {title: Automation, unit: ratio, better: higher, target: 0.95, numerator: a, denominator: b, min_events: 10}
#--- watch/data.yaml
longer_than_s: 1800
