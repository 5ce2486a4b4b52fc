# A cluster as it was written for Terraform 0.11.
provider "aws" {
  region = "eu-west-1"
}

variable "zones" {
  type    = "list"
  default = ["a", "b"]
}

variable "name" {}

variable "tags" {
  type = "map"

  default = {
    "owner" = "platform"
    stage   = "prod"
  }
}

resource "aws_security_group" "web" {
  name        = "${var.name}-web"
  description = "${format("%s \"quoted\" {braces}", var.name)}"

  ingress {
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["0.0.0.0/0"]
  }

  ingress {
    from_port   = 22
    to_port     = 22
    cidr_blocks = ["${var.office}"]
  }

  tags = "${merge(var.tags, map(
    "Name", "${var.name}"
  ))}"
}

resource "aws_instance" "web" {
  count         = 2
  ami           = "${lookup(var.amis, "eu-west-1")}" // by region
  monitoring    = true
  ebs_optimized = false /* costs more */

  root_block_device = {
    volume_size = 20
  }

  lifecycle {
    ignore_changes = ["tags", "ami",]
  }

  user_data = <<EOF
#!/bin/sh
echo "${var.name}" \n # no comment
EOF
}

resource "aws_instance" "db" {}

output "ips" {
  value = ["${aws_instance.web.*.private_ip}"]
}
