region = "eu-west-1"
zones = {
  a = { cidr = "10.0.0.0/24", public = true }
  b = { cidr = "10.0.1.0/24" }
}
count = 3
