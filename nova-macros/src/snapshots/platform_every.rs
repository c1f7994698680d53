#[automatically_derived]
impl<T: Tag> ::nova::PlatformSpec for Every<T> {
    type Codec = ::nova::codec::Json;
    const SPEC: ::nova::Spec = ::nova::Spec::new("every", "wss://{host}/v1/{category}")
        .patch(
            ::nova::Patch::new()
                .rate_limit(
                    ::nova::patch::RateLimit::new()
                        .capacity(::core::option::Option::Some(100))
                        .refill(
                            ::core::option::Option::Some(
                                ::nova::Rate::new(10, ::core::time::Duration::from_secs(1)),
                            ),
                        ),
                )
                .connection(::nova::patch::Connection::new().max_message(4194304))
                .checked(),
        )
        .bounds(
            ::nova::Bounds::new()
                .heartbeat(::core::time::Duration::from_secs(20))
                .topics(500)
                .chunk(50)
                .outbound(32000)
                .rate_limit(
                    ::nova::patch::RateLimit::new()
                        .capacity(::core::option::Option::Some(100))
                        .refill(
                            ::core::option::Option::Some(
                                ::nova::Rate::new(10, ::core::time::Duration::from_secs(1)),
                            ),
                        ),
                ),
        )
        .pools(
            &[
                ::nova::Pool::steady(
                    "requests",
                    100,
                    ::nova::Rate::new(10, ::core::time::Duration::from_secs(1)),
                ),
                ::nova::Pool::steady(
                    "orders",
                    20,
                    ::nova::Rate::new(300, ::core::time::Duration::from_secs(60)),
                ),
                ::nova::Pool::sliding(
                    "gateway",
                    ::nova::Rate::new(120, ::core::time::Duration::from_secs(60)),
                ),
                ::nova::Pool::fixed(
                    "reads",
                    ::nova::Rate::new(10, ::core::time::Duration::from_secs(1)),
                ),
            ],
        )
        .refresh_margin(::core::time::Duration::from_secs(60))
        .wire(const {
            &::nova::platform::Wire::new()
                .channel("/topic")
                .payload("/data")
                .id("/req_id")
                .result("/result")
                .headers(&[("X-Version", "2"), ("X-Key", "{api_key}")])
                .subscribe(
                    ::nova::platform::Ask::new(
                            r#"{"req_id":"{id}","op":"subscribe","args":{channels}}"#,
                        )
                        .each(r#"{"ch":"{channel}"}"#),
                )
                .unsubscribe(
                    ::nova::platform::Ask::new(
                        r#"{"op":"unsubscribe","args":{channels}}"#,
                    ),
                )
                .ack(
                    ::nova::platform::Ack::new(
                            ::nova::platform::Match::at("/op")
                                .is(
                                    &[
                                        ::nova::platform::Literal::Text("subscribe"),
                                        ::nova::platform::Literal::Text("sub"),
                                    ],
                                ),
                            "/args",
                        )
                        .refused("/refused"),
                )
                .error(
                    ::nova::platform::Failure::new(
                            ::nova::platform::Match::at("/code")
                                .not(
                                    &[
                                        ::nova::platform::Literal::Number(0),
                                        ::nova::platform::Literal::Number(-1),
                                    ],
                                ),
                        )
                        .message("/msg")
                        .channel("/arg"),
                )
                .error(
                    ::nova::platform::Failure::new(
                        ::nova::platform::Match::at("/ok")
                            .is(&[::nova::platform::Literal::Flag(false)]),
                    ),
                )
                .ignore(::nova::platform::Match::text("pong"))
                .ignore(
                    ::nova::platform::Match::at("/op")
                        .is(&[::nova::platform::Literal::Text("pong")]),
                )
                .answer(::nova::platform::Match::at("/ping"), r#"{"pong":{value}}"#)
                .sequence(
                    ::nova::platform::Sequence::new(
                            ::nova::platform::Rule::PrevId,
                            "/seq",
                        )
                        .other("/prev")
                        .snapshot(
                            ::nova::platform::Match::at("/type")
                                .is(&[::nova::platform::Literal::Text("snapshot")]),
                        ),
                )
                .login(
                    ::nova::platform::Login::new(
                            r#"{"op":"auth","args":["{api_key}",{expires},"{sign}"]}"#,
                        )
                        .ack(
                            ::nova::platform::Match::at("/op")
                                .is(&[::nova::platform::Literal::Text("auth")]),
                        )
                        .life("/ttl"),
                )
                .sign(
                    ::nova::platform::Sign::new("GET/realtime{expires}")
                        .base64()
                        .seconds()
                        .expires(::core::time::Duration::from_secs(10)),
                )
                .ping_text("ping")
                .request(
                    r#"{"req_id":{id},"op":{method},"args":{params},"in":{category}}"#,
                )
                .private(&["order", "private.*"])
                .costs(const {
                    &[
                        ::nova::platform::Cost::new(&[], 0, 1),
                        ::nova::platform::Cost::new(&["order.*"], 1, 2),
                        ::nova::platform::Cost::new(&["gateway.*"], 2, 1),
                        ::nova::platform::Cost::new(&["read.*"], 3, 1),
                    ]
                })
                .error_codes(
                    &[
                        (10006, ::nova::ErrorClass::RateLimited),
                        (-3, ::nova::ErrorClass::RateLimited),
                        (10003, ::nova::ErrorClass::Authentication),
                    ],
                )
                .close_codes(&[(4001, ::nova::ErrorClass::Critical)])
        });
    fn placeholder(
        &self,
        name: &str,
    ) -> ::core::option::Option<::std::borrow::Cow<'_, str>> {
        match name {
            "host" => {
                ::core::option::Option::Some(
                    ::std::borrow::Cow::Owned(
                        ::std::string::ToString::to_string(&self.host),
                    ),
                )
            }
            "category" => {
                ::core::option::Option::Some(
                    ::std::borrow::Cow::Owned(
                        ::std::string::ToString::to_string(&self.category),
                    ),
                )
            }
            _ => ::core::option::Option::None,
        }
    }
}
#[automatically_derived]
impl<T: Tag> ::nova::Platform for Every<T> {
    type State = ::nova::platform::Described;
}
