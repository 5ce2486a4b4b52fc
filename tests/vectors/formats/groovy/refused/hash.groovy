# comment
node {}