#--- policy/p.rego
package main

import data.kubernetes #--> import-whole-package
import data.other as o #--> import-whole-package

deny contains "x" if kubernetes.is_service

deny contains "y" if o.a.is_service
#--- kubernetes.rego
package kubernetes

is_service if input.kind == "Service"
#--- other.rego
package other.a

is_service if input.kind == "Service"
