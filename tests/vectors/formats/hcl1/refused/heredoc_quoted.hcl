a = <<"EOF"
b
EOF
