//! What the server knows of a site after it was declared.

/// Ids and addresses of a declared site.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    /// `org_…`
    pub organization_id: String,
    /// `site_…`
    pub site_id: String,
    /// `rec_…`
    pub recorder_id: String,
    /// The recorder's bearer token.
    pub recorder_token: String,
    /// `room_…` and name of each room.
    pub rooms: Vec<(String, String)>,
    /// In the order of the plan.
    pub cameras: Vec<DeclaredCamera>,
}

/// A camera and its viewpoint.
#[derive(Debug, Clone)]
pub struct DeclaredCamera {
    /// What people call it.
    pub name: String,
    /// What people call its room.
    pub room: String,
    /// `vp_…`
    pub viewpoint_id: String,
    /// `cam_…`
    pub camera_id: String,
    /// `str_…`, its evidence stream.
    pub stream_id: String,
    /// `str_…`, its viewing stream, where it has one.
    pub viewing_stream_id: Option<String>,
    /// Where the recorder reaches it.
    pub url: String,
    /// Where the recorder reaches its viewing stream.
    pub viewing_url: Option<String>,
    /// Whether only its sound is recorded.
    pub pickup: bool,
    /// Whether its sound must be recorded too.
    pub sound_required: bool,
}

impl Declared {
    /// The camera of a viewpoint.
    pub fn at_viewpoint(&self, viewpoint_id: &str) -> Option<&DeclaredCamera> {
        self.cameras.iter().find(|camera| camera.viewpoint_id == viewpoint_id)
    }
}
