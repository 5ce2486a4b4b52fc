a = <<EOF
1 $
${~ x }
2 $ 
${~ y }
EOF
