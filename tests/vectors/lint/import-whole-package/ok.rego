#--- policy/p.rego
package main

import data.kubernetes
import data.limits
import data.other.is_service

deny contains "x" if kubernetes.is_kind("Service")

deny contains "y" if limits.n > 1

deny contains "z" if is_service
#--- kubernetes.rego
package kubernetes

is_kind(kind) if input.kind == kind

is_service if input.kind == "Service"
#--- other.rego
package other

is_service if input.kind == "Service"
