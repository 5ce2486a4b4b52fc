# A network with its rules, in the style of a module's main file.
terraform {
  required_version = ">= 1.6, < 2.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }

  backend "s3" {
    bucket  = "state-of-things"
    key     = "network/main.tfstate"
    encrypt = true
  }
}

provider "aws" {
  region = var.region
}

provider "aws" {
  alias  = "replica"
  region = "eu-north-1"
}

variable "region" {
  type    = string
  default = "eu-west-1"
}

variable "zones" {
  type = map(object({
    cidr   = string
    public = optional(bool, false)
  }))
  default     = {}
  description = "Zones by name; \"public\" ones get a gateway.\n\tTwo at least."
  nullable    = false

  validation {
    condition     = length(var.zones) > 1 && alltrue([for z in var.zones : can(cidrhost(z.cidr, 0))])
    error_message = "At least two zones, each with a valid range: ${join(", ", keys(var.zones))}."
  }
}

variable "nothing" {}

locals {
  name   = "net-${var.region}"
  public = { for name, zone in var.zones : name => zone if zone.public }
  by_range = {
    for name, zone in var.zones :
    zone.cidr => name...
  }
  ids       = aws_subnet.this[*].id
  old_ids   = aws_subnet.this.*.id
  first     = aws_subnet.this.0.id
  one       = one(values(local.public)[*].cidr)
  size      = var.large ? 10 : 5
  nested    = var.a == null ? "none" : (var.b ? "b" : "c")
  arguments = concat(var.list, ["x", "y"]...)
  scoped    = provider::time::rfc3339_parse("2026-01-01T00:00:00Z")
}

locals {
  second = "block"
}

module "vpc" {
  source  = "./modules/vpc"
  version = "1.2.3"

  providers = {
    aws         = aws
    aws.replica = aws.replica
  }

  cidr_block = "10.0.0.0/16"
  zones      = [for z in keys(var.zones) : upper(z)]
  tags       = merge(local.tags, { Name = local.name })
}

resource "aws_security_group" "web" {
  name   = "web"
  vpc_id = module.vpc.id

  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }

  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = [var.office]
  }

  egress { protocol = "-1" }

  dynamic "ingress" {
    for_each = toset([8080, 8443])
    iterator = port
    content {
      from_port = port.value
      to_port   = port.value
    }
  }

  lifecycle {
    create_before_destroy = true
    ignore_changes        = [tags["Owner"], tags]
    precondition {
      condition     = !contains(var.forbidden, "web")
      error_message = "No."
    }
  }

  timeouts {}
}

resource "aws_subnet" "this" {
  for_each          = var.zones
  vpc_id            = module.vpc.id
  cidr_block        = each.value.cidr
  availability_zone = each.key
  depends_on        = [module.vpc, aws_security_group.web]
}

data "aws_iam_policy_document" "read" {
  statement {
    sid       = "Read"
    actions   = ["s3:GetObject", "s3:ListBucket"]
    resources = ["arn:aws:s3:::${var.bucket}/*", aws_s3_bucket.b.arn]
  }
}

moved {
  from = aws_instance.a
  to   = aws_instance.b["x"]
}

output "ids" {
  value     = local.ids
  sensitive = false
}
