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
version: 0 #--> governance-invalid
latency: {unit: ms, better: lower, baseline: 107, target: 120, trigger: 120, statistik: p95} #--> governance-invalid
hits: {unit: ratio, better: higher, baseline: 0.935, target: 0.9, trigger: 0.9}
#--- governance/data.yaml
schema: assize/governance/v1
version: 1
baselines: [latency, hits]
matrix: #--> governance-invalid
  sla: {urgency: urgent, due_min_days: 14, due_max_days: 28} #--> governance-invalid
  compliance: {urgency: high, due_min_days: 57, due_max_days: 56} #--> governance-invalid
  operational: {urgency: medium, due_min_days: 56, due_max_days: 84}
  busines: {urgency: low, due: next-quarter} #--> governance-invalid
reviews:
  monthly: {title: Check, since: soon, grace_business_days: 5, max_trigger_age_h: 24} #--> governance-invalid
  quarterly: {title: Value, since: "2026-11-01", grace_business_days: 0, max_trigger_age_h: 24} #--> governance-invalid
  annual: {title: All, since: "2026-11-01", grace_business_days: 5, max_trigger_age_h: 24}
metrics:
  phase4:
    detection: {title: Detection, unit: s, better: lower, target: 3600, watched_by: [watch.longer_than_s]} #--> governance-invalid
  phase5:
    automation: {title: Automation, unit: ratio, better: higher, target: 0.95, numerator: a, denominator: b, min_events: 10}
#--- watch/data.yaml
longer_than_s: 1800
