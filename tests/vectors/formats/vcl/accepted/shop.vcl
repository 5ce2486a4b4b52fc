/*
 * The shop's origins; see "origins" in https://wiki.example.org/
 * (it's generated) 50% # here
 */
vcl 4.1;

# Two of them.
backend shop {
    .host = "10.0.0.1";   // the first
    .port = "8080";
    .connect_timeout = 3s;
    .first_byte_timeout=60s;
    .max_connections = 200;
    .ssl = true;
    .share_key = "";
    .probe = {
        .interval = 5s;
        .threshold = 3;
        # as long as this
        .initial = 0;
    }
}

backend static { .host = "café.example.org" ; .probe = healthy; .ssl_check_cert = false; .x = { } ; }

acl office {
    "192.0.2.0"/24; # with a mask
    "2001:db8::"/32;
    "localhost";
    /* and one more */
    "198.51.100.7" ;
}
acl nobody { }

table redirects {
    "old": "new",
    "a.b" : "", # a comment
    "last": "one"
    // nothing follows
}
table none { }
table comma { "a": "b", }
