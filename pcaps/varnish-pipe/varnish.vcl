# Varnish before the application, with WebSockets as Varnish's own manual has them:
# what asks for a WebSocket is piped, and Upgrade and Connection go with it. What
# is for the house alone is kept from the outside.

vcl 4.1;

backend app {
    .host = "10.77.3.2";
    .port = "3000";
}

sub vcl_recv {
    if (req.url ~ "^/members") {
        return (synth(403));
    }
    if (req.http.upgrade ~ "(?i)websocket") {
        return (pipe);
    }
    return (pass);
}

sub vcl_pipe {
    if (req.http.upgrade) {
        set bereq.http.upgrade = req.http.upgrade;
        set bereq.http.connection = req.http.connection;
    }
}
