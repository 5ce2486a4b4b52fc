plain = <<EOF
first
  second ${var.x} $${escaped} 100% $
	tab "quoted" \n is no escape
EOF
empty = <<EOF
EOF
outdented = <<-EOT
    four
      six

    four ${x}
   
  EOT
by_tabs = <<-END
		two
			three
	END
starts_with_interpolation = <<-EOT
  ${x}
    y
EOT
marker_inside = <<EOF
EOF is not the end
 x EOF
EOF)
  EOF  
trimmed = <<-EOT
  %{ for ip in ips ~}
  server ${ip}
  %{ endfor ~}
  done
EOT
policy = <<POLICY
{
  "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "${arn}"}]
}
POLICY
dashes = <<A-B_2
x
A-B_2
list = [<<A
a
A
, <<-B
    b
  B
]
call = f(<<A
a ${x}
A
)
object = {
  text = <<A
a
A
  next = 1
}
within = <<A
${<<B
A
B
}A
A
condition = <<EOF
%{ if a }
a
%{ else }
b
%{ endif }
EOF
chosen = <<EOF
x ${a ? "b" : c}
EOF
