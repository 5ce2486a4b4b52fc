blank_after_sign = <<EOF
100% 
${~ x ~}
 $	
%{~ if a }b%{ endif }
EOF
sign_at_end = <<-EOF
    cost $
    ${~ x }
  $$

    rate %
  ${~ y }$
    EOF
