//! What three makes of device answer, in their own prefixes, tokens and oddities.

/// Which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Make {
    /// Prefix `env`; an address of its own in its answers; WS-UsernameToken.
    Hikvision,
    /// Prefix `s`; no capabilities, only a list of services; a device with two lenses; WS-UsernameToken.
    Dahua,
    /// Prefix `SOAP-ENV`; a JPEG profile; HTTP digest.
    Axis,
}

pub fn wants_http_digest(make: Make) -> bool {
    make == Make::Axis
}

fn envelope(make: Make, body: &str) -> String {
    let prefix = match make {
        Make::Hikvision => "env",
        Make::Dahua => "s",
        Make::Axis => "SOAP-ENV",
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{prefix}:Envelope xmlns:{prefix}=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:wsa=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\" \
         xmlns:dn=\"http://www.onvif.org/ver10/network/wsdl\" xmlns:ter=\"http://www.onvif.org/ver10/error\" \
         xmlns:tt=\"http://www.onvif.org/ver10/schema\" xmlns:tds=\"http://www.onvif.org/ver10/device/wsdl\" \
         xmlns:trt=\"http://www.onvif.org/ver10/media/wsdl\">\n<{prefix}:Header/>\n<{prefix}:Body>{body}</{prefix}:Body>\n</{prefix}:Envelope>\n"
    )
}

pub fn probe_match(make: Make, port: u16) -> String {
    let (scopes, addresses) = match make {
        Make::Hikvision => (
            "onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/Profile/Streaming onvif://www.onvif.org/MAC/44:19:b6:5a:00:01 \
             onvif://www.onvif.org/hardware/DS-2CD2143G2-I onvif://www.onvif.org/name/HIKVISION%20DS-2CD2143G2-I onvif://www.onvif.org/location/city/hangzhou",
            format!(
                "http://192.168.254.4:{port}/onvif/device_service http://[fe80::4619:b6ff:fe5a:1]:{port}/onvif/device_service"
            ),
        ),
        Make::Dahua => (
            "onvif://www.onvif.org/location/country/china onvif://www.onvif.org/name/Dahua onvif://www.onvif.org/hardware/IPC-HDBW4433R \
             onvif://www.onvif.org/Profile/Streaming onvif://www.onvif.org/type/Network_Video_Transmitter onvif://www.onvif.org/extension/unique_identifier/1",
            format!("http://127.0.0.1:{port}/onvif/device_service"),
        ),
        Make::Axis => (
            "onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/Profile/S onvif://www.onvif.org/name/AXIS%20P3245-LV \
             onvif://www.onvif.org/hardware/P3245-LV onvif://www.onvif.org/location/",
            format!("https://127.0.0.1/onvif/device_service http://127.0.0.1:{port}/onvif/device_service"),
        ),
    };
    let body = format!(
        "<d:ProbeMatches><d:ProbeMatch><wsa:EndpointReference><wsa:Address>urn:uuid:60164801-e5a1-11ec-8a4e-4419b65a0001</wsa:Address>\
         </wsa:EndpointReference><d:Types>dn:NetworkVideoTransmitter tds:Device</d:Types><d:Scopes>{scopes}</d:Scopes>\
         <d:XAddrs>{addresses}</d:XAddrs><d:MetadataVersion>10</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches>"
    );
    envelope(make, &body)
}

pub fn date_and_time(make: Make, secs: i64) -> String {
    let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(secs.unsigned_abs());
    let text = humantime::format_rfc3339_seconds(at).to_string();
    let number = |from: usize, to: usize| text[from..to].parse::<u32>().unwrap();
    let time = format!(
        "<tt:Time><tt:Hour>{}</tt:Hour><tt:Minute>{}</tt:Minute><tt:Second>{}</tt:Second></tt:Time>\
         <tt:Date><tt:Year>{}</tt:Year><tt:Month>{}</tt:Month><tt:Day>{}</tt:Day></tt:Date>",
        number(11, 13),
        number(14, 16),
        number(17, 19),
        number(0, 4),
        number(5, 7),
        number(8, 10)
    );
    let body = format!(
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>Manual</tt:DateTimeType>\
         <tt:DaylightSavings>false</tt:DaylightSavings><tt:TimeZone><tt:TZ>CST-8:00:00</tt:TZ></tt:TimeZone>\
         <tt:UTCDateTime>{time}</tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    );
    envelope(make, &body)
}

/// The answer to a question that is allowed; nothing where this make does not know it.
pub fn answer(make: Make, request: &str, port: u16) -> Option<String> {
    let asks = |name: &str| request.contains(&format!("<{name} xmlns="));
    let body = if asks("GetDeviceInformation") {
        let (maker, model) = match make {
            Make::Hikvision => ("HIKVISION", "DS-2CD2143G2-I"),
            Make::Dahua => ("Dahua", "IPC-HDBW4433R"),
            Make::Axis => ("AXIS", "P3245-LV"),
        };
        format!(
            "<tds:GetDeviceInformationResponse><tds:Manufacturer>{maker}</tds:Manufacturer><tds:Model>{model}</tds:Model>\
             <tds:FirmwareVersion>V5.7.3</tds:FirmwareVersion><tds:SerialNumber>20220607AAWRJ</tds:SerialNumber>\
             <tds:HardwareId>88</tds:HardwareId></tds:GetDeviceInformationResponse>"
        )
    } else if asks("GetCapabilities") && make != Make::Dahua {
        // The device's own idea of its address, which is not where it was found.
        let host = if make == Make::Hikvision { "192.168.254.4" } else { "127.0.0.1" };
        format!(
            "<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Media><tt:XAddr>http://{host}:{port}/onvif/Media</tt:XAddr>\
             <tt:StreamingCapabilities><tt:RTPMulticast>true</tt:RTPMulticast></tt:StreamingCapabilities></tt:Media>\
             </tds:Capabilities></tds:GetCapabilitiesResponse>"
        )
    } else if asks("GetServices") {
        format!(
            "<tds:GetServicesResponse><tds:Service><tds:Namespace>http://www.onvif.org/ver10/device/wsdl</tds:Namespace>\
             <tds:XAddr>http://127.0.0.1:{port}/onvif/device_service</tds:XAddr></tds:Service><tds:Service>\
             <tds:Namespace>http://www.onvif.org/ver10/media/wsdl</tds:Namespace><tds:XAddr>http://127.0.0.1:{port}/onvif/media_service</tds:XAddr>\
             </tds:Service></tds:GetServicesResponse>"
        )
    } else if asks("GetProfiles") {
        format!("<trt:GetProfilesResponse>{}</trt:GetProfilesResponse>", profiles(make))
    } else if asks("GetStreamUri") {
        let token = request.split_once("<ProfileToken>")?.1.split_once("</ProfileToken>")?.0;
        let uri = uri(make, token)?.replace('&', "&amp;");
        format!(
            "<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>{uri}</tt:Uri><tt:InvalidAfterConnect>false</tt:InvalidAfterConnect>\
             <tt:InvalidAfterReboot>false</tt:InvalidAfterReboot><tt:Timeout>PT60S</tt:Timeout></trt:MediaUri></trt:GetStreamUriResponse>"
        )
    } else {
        return None;
    };
    Some(envelope(make, &body))
}

fn profiles(make: Make) -> String {
    let one = |token: &str, name: &str, lens: &str, codec: &str, (width, height): (u32, u32), sound: &str| {
        let sound = match sound {
            "" => String::new(),
            sound => format!(
                "<tt:AudioEncoderConfiguration token=\"A1\"><tt:Name>A</tt:Name><tt:Encoding>{sound}</tt:Encoding></tt:AudioEncoderConfiguration>"
            ),
        };
        format!(
            "<trt:Profiles token=\"{token}\" fixed=\"true\"><tt:Name>{name}</tt:Name><tt:VideoSourceConfiguration token=\"VS\">\
             <tt:Name>VS</tt:Name><tt:SourceToken>{lens}</tt:SourceToken></tt:VideoSourceConfiguration>{sound}\
             <tt:VideoEncoderConfiguration token=\"VE\"><tt:Name>VE</tt:Name><tt:Encoding>{codec}</tt:Encoding><tt:Resolution>\
             <tt:Width>{width}</tt:Width><tt:Height>{height}</tt:Height></tt:Resolution><tt:Quality>3.000000</tt:Quality><tt:RateControl>\
             <tt:FrameRateLimit>25</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval><tt:BitrateLimit>4096</tt:BitrateLimit>\
             </tt:RateControl><tt:H264><tt:GovLength>50</tt:GovLength><tt:H264Profile>Main</tt:H264Profile></tt:H264>\
             </tt:VideoEncoderConfiguration></trt:Profiles>"
        )
    };
    match make {
        Make::Hikvision => {
            one("Profile_1", "mainStream", "VideoSource_1", "H264", (2560, 1440), "G711")
                + &one("Profile_2", "subStream", "VideoSource_1", "H264", (640, 360), "G711")
                + &one("Profile_3", "thirdStream", "VideoSource_1", "H264", (1280, 720), "")
        }
        Make::Dahua => {
            one("MediaProfile00000", "MediaProfile_Channel1_MainStream", "VideoSource000", "H264", (1920, 1080), "AAC")
                + &one("MediaProfile00001", "MediaProfile_Channel1_SubStream1", "VideoSource000", "H264", (704, 576), "AAC")
                + &one("MediaProfile00100", "MediaProfile_Channel2_MainStream", "VideoSource001", "H264", (1920, 1080), "")
        }
        Make::Axis => {
            one("profile_1_jpeg", "profile_1 jpeg", "0", "JPEG", (2560, 1920), "")
                + &one("profile_1_h264", "profile_1 h264", "0", "H264", (1920, 1080), "")
        }
    }
}

fn uri(make: Make, token: &str) -> Option<String> {
    Some(match (make, token) {
        (Make::Hikvision, "Profile_1") => {
            "rtsp://192.168.254.4:554/Streaming/Channels/101?transportmode=unicast&profile=Profile_1".into()
        }
        (Make::Hikvision, "Profile_2") => {
            "rtsp://192.168.254.4:554/Streaming/Channels/102?transportmode=unicast&profile=Profile_2".into()
        }
        (Make::Dahua, "MediaProfile00000") => {
            "rtsp://127.0.0.1:554/cam/realmonitor?channel=1&subtype=0&unicast=true&proto=Onvif".into()
        }
        (Make::Dahua, "MediaProfile00001") => {
            "rtsp://127.0.0.1:554/cam/realmonitor?channel=1&subtype=1&unicast=true&proto=Onvif".into()
        }
        (Make::Dahua, "MediaProfile00100") => {
            "rtsp://127.0.0.1:554/cam/realmonitor?channel=2&subtype=0&unicast=true&proto=Onvif".into()
        }
        (Make::Axis, "profile_1_h264") => {
            "rtsp://127.0.0.1/onvif-media/media.amp?profile=profile_1_h264&sessiontimeout=60&streamtype=unicast".into()
        }
        _ => return None,
    })
}

pub fn not_authorized(make: Make) -> String {
    let fault = match make {
        Make::Hikvision => {
            "<env:Fault><env:Code><env:Value>env:Sender</env:Value><env:Subcode><env:Value>ter:NotAuthorized</env:Value></env:Subcode></env:Code>\
             <env:Reason><env:Text xml:lang=\"en\">The action requested requires authorization and the sender is not authorized</env:Text></env:Reason></env:Fault>"
        }
        Make::Dahua => {
            "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode></s:Code>\
             <s:Reason><s:Text xml:lang=\"en\">Sender not Authorized</s:Text></s:Reason></s:Fault>"
        }
        Make::Axis => {
            return "<html><head><title>401 Unauthorized</title></head><body><h1>401 Unauthorized</h1><hr></body></html>".into();
        }
    };
    envelope(make, fault)
}

pub fn not_supported(make: Make) -> String {
    let fault = "<s:Fault xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Code><s:Value>s:Receiver</s:Value><s:Subcode>\
                 <s:Value>ter:ActionNotSupported</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang=\"en\">Optional Action Not Implemented\
                 </s:Text></s:Reason></s:Fault>";
    envelope(make, fault)
}
