//! The properties that make a resource public, by resource type.
//!
//! Sources: the CloudFormation Template Reference of each type, for the properties and their defaults; where a default is
//! documented elsewhere, the row says so.

/// A way in which resources of some types are public.
pub(super) struct Row {
    pub(super) types: &'static [&'static str],
    /// All must hold; the first one names the property in the report.
    pub(super) clauses: &'static [Clause],
    /// What is public, as a sentence without a full stop.
    pub(super) text: &'static str,
    /// Whether it counts only where an existing resource becomes public: a new one is usually meant to be.
    pub(super) only_existing: bool,
}

/// A property with the values that make it public.
pub(super) struct Clause {
    /// The path below the properties; `*` is any item of a list, `>` goes on in the resource that is referred to.
    pub(super) path: &'static str,
    /// The value of a property that is not set; `None` if only the deployment decides.
    pub(super) default: Option<&'static str>,
    pub(super) test: Test,
}

/// What makes a value public.
pub(super) enum Test {
    /// One of these, in any case of letters.
    Is(&'static [&'static str]),
    /// Anything else than these.
    IsNot(&'static [&'static str]),
    /// An address range with a large part of the internet.
    Everyone,
    /// The key of a route with a method and a path; browsers send no credentials with OPTIONS.
    Method,
    /// A resource of this type, or an id with this prefix.
    RefersTo(&'static str, &'static str),
}

/// The value of a property that is not set, in clauses that test this.
pub(super) const UNSET: &str = "";

const TRUE: Test = Test::Is(&["true"]);
const FALSE: Test = Test::Is(&["false"]);
const SET: Test = Test::IsNot(&[UNSET]);
const NOT_SET: Test = Test::Is(&[UNSET]);
const EVERYONE: Test = Test::Is(&["*"]);

const fn row(types: &'static [&'static str], clauses: &'static [Clause], text: &'static str) -> Row {
    Row { types, clauses, text, only_existing: false }
}

const fn change(types: &'static [&'static str], clauses: &'static [Clause], text: &'static str) -> Row {
    Row { types, clauses, text, only_existing: true }
}

const fn if_set(path: &'static str, test: Test) -> Clause {
    Clause { path, default: Some(UNSET), test }
}

const fn by_default(path: &'static str, default: &'static str, test: Test) -> Clause {
    Clause { path, default: Some(default), test }
}

/// The rows. Those of the same types with the same first property are a scale from the most to the least public: one step
/// down it is not an exposure.
pub(super) const ROWS: &[Row] = &[
    // Storage. A bucket's lock on public access is in `lock`.
    row(
        &["AWS::S3::Bucket"],
        &[if_set("/AccessControl", Test::Is(&["PublicReadWrite"]))],
        "anyone can read, write and delete its objects",
    ),
    row(
        &["AWS::S3::Bucket"],
        &[if_set("/AccessControl", Test::Is(&["PublicRead"]))],
        "anyone can list and read its objects",
    ),
    row(
        &["AWS::S3::Bucket"],
        &[if_set("/AccessControl", Test::Is(&["AuthenticatedRead"]))],
        "every AWS account can list and read its objects",
    ),
    change(
        &["AWS::S3::AccessPoint"],
        &[if_set("/VpcConfiguration/VpcId", NOT_SET)],
        "it can be reached from the internet",
    ),
    row(
        &["AWS::Lightsail::Bucket"],
        &[if_set("/AccessRules/GetObject", Test::Is(&["public"]))],
        "anyone can read its objects",
    ),
    row(
        &["AWS::Lightsail::Bucket"],
        &[if_set("/AccessRules/AllowPublicOverrides", TRUE)],
        "single objects can be made public",
    ),
    row(&["AWS::ECR::PublicRepository"], &[], "anyone can pull its images"),
    row(
        &["AWS::ImageBuilder::DistributionConfiguration"],
        &[if_set(
            "/Distributions/*/AmiDistributionConfiguration/LaunchPermissionConfiguration/UserGroups/*",
            Test::Is(&["all"]),
        )],
        "every AWS account can launch its images",
    ),
    row(&["AWS::EC2::FpgaImage"], &[if_set("/Public", TRUE)], "every AWS account can use the image"),
    // Databases and brokers.
    row(
        &["AWS::RDS::DBInstance", "AWS::Neptune::DBInstance"],
        // Without it, the subnets and their route to the internet decide: `PubliclyAccessible` of RDS's CreateDBInstance.
        &[Clause { path: "/PubliclyAccessible", default: None, test: TRUE }],
        "it has a public address",
    ),
    row(
        &["AWS::DMS::ReplicationInstance"],
        &[by_default("/PubliclyAccessible", "true", TRUE)],
        "it has a public address",
    ),
    row(
        &[
            "AWS::AmazonMQ::Broker",
            "AWS::DMS::InstanceProfile",
            "AWS::Lightsail::Database",
            "AWS::M2::Environment",
            "AWS::RDS::DBCluster",
            "AWS::RDS::DBShardGroup",
            "AWS::Redshift::Cluster",
            "AWS::RedshiftServerless::Workgroup",
            "AWS::Timestream::InfluxDBCluster",
            "AWS::Timestream::InfluxDBInstance",
        ],
        &[if_set("/PubliclyAccessible", TRUE)],
        "it has a public address",
    ),
    row(&["AWS::NeptuneGraph::Graph"], &[if_set("/PublicConnectivity", TRUE)], "it can be reached from the internet"),
    row(
        &["AWS::MSK::Cluster"],
        &[by_default(
            "/BrokerNodeGroupInfo/ConnectivityInfo/PublicAccess/Type",
            "DISABLED",
            Test::IsNot(&["DISABLED"]),
        )],
        "its brokers can be reached from the internet",
    ),
    row(
        &["AWS::MSK::Cluster"],
        &[if_set("/ClientAuthentication/Unauthenticated/Enabled", TRUE)],
        "clients need no credentials",
    ),
    row(
        &["AWS::OpenSearchService::Domain", "AWS::Elasticsearch::Domain"],
        &[if_set("/VPCOptions/SubnetIds/*", NOT_SET)],
        "its endpoint can be reached from the internet",
    ),
    row(
        &["AWS::OpenSearchService::Domain", "AWS::Elasticsearch::Domain"],
        &[if_set("/AdvancedSecurityOptions/AnonymousAuthEnabled", TRUE)],
        "users need no credentials",
    ),
    row(
        &["AWS::OpenSearchServerless::SecurityPolicy"],
        &[if_set("/Policy/*/AllowFromPublic", TRUE)],
        "its collections can be reached from the internet",
    ),
    // Servers and their networks.
    row(
        &["AWS::EKS::Cluster"],
        &[
            by_default("/ResourcesVpcConfig/PublicAccessCidrs/*", "0.0.0.0/0", Test::Everyone),
            by_default("/ResourcesVpcConfig/EndpointPublicAccess", "true", TRUE),
        ],
        "anyone can reach the endpoint of its Kubernetes API",
    ),
    row(
        &["AWS::EKS::Cluster"],
        &[by_default("/ResourcesVpcConfig/EndpointPublicAccess", "true", TRUE)],
        "the endpoint of its Kubernetes API has a public address",
    ),
    row(
        &["AWS::ElasticLoadBalancingV2::LoadBalancer"],
        &[
            by_default("/Scheme", "internet-facing", Test::Is(&["internet-facing"])),
            by_default("/Type", "application", Test::IsNot(&["gateway"])),
        ],
        "it can be reached from the internet",
    ),
    row(
        &["AWS::ElasticLoadBalancing::LoadBalancer"],
        &[by_default("/Scheme", "internet-facing", Test::Is(&["internet-facing"]))],
        "it can be reached from the internet",
    ),
    row(
        &["AWS::ElasticLoadBalancingV2::Listener"],
        &[by_default(
            "/DefaultActions/*/AuthenticateCognitoConfig/OnUnauthenticatedRequest",
            "authenticate",
            Test::Is(&["allow"]),
        )],
        "requests of users who have not signed in pass",
    ),
    row(
        &["AWS::ElasticLoadBalancingV2::Listener"],
        &[by_default(
            "/DefaultActions/*/AuthenticateOidcConfig/OnUnauthenticatedRequest",
            "authenticate",
            Test::Is(&["allow"]),
        )],
        "requests of users who have not signed in pass",
    ),
    row(
        &["AWS::ElasticLoadBalancingV2::ListenerRule"],
        &[by_default(
            "/Actions/*/AuthenticateCognitoConfig/OnUnauthenticatedRequest",
            "authenticate",
            Test::Is(&["allow"]),
        )],
        "requests of users who have not signed in pass",
    ),
    row(
        &["AWS::ElasticLoadBalancingV2::ListenerRule"],
        &[by_default(
            "/Actions/*/AuthenticateOidcConfig/OnUnauthenticatedRequest",
            "authenticate",
            Test::Is(&["allow"]),
        )],
        "requests of users who have not signed in pass",
    ),
    row(
        &["AWS::EC2::Subnet"],
        &[if_set("/MapPublicIpOnLaunch", TRUE)],
        "instances that start in it get public addresses",
    ),
    row(
        &["AWS::EC2::Route"],
        &[
            if_set("/DestinationCidrBlock", Test::Everyone),
            if_set("/GatewayId", Test::RefersTo("AWS::EC2::InternetGateway", "igw-")),
        ],
        "its subnets are connected to the internet",
    ),
    row(
        &["AWS::EC2::Route"],
        &[
            if_set("/DestinationIpv6CidrBlock", Test::Everyone),
            if_set("/GatewayId", Test::RefersTo("AWS::EC2::InternetGateway", "igw-")),
        ],
        "its subnets are connected to the internet",
    ),
    row(&["AWS::EC2::PrefixList"], &[if_set("/Entries/*/Cidr", Test::Everyone)], "it contains every address"),
    row(
        &["AWS::EC2::Instance"],
        &[if_set("/NetworkInterfaces/*/AssociatePublicIpAddress", TRUE)],
        "it gets a public address",
    ),
    row(
        &["AWS::EC2::LaunchTemplate"],
        &[if_set("/LaunchTemplateData/NetworkInterfaces/*/AssociatePublicIpAddress", TRUE)],
        "its instances get public addresses",
    ),
    row(
        &["AWS::EC2::SpotFleet"],
        &[if_set(
            "/SpotFleetRequestConfigData/LaunchSpecifications/*/NetworkInterfaces/*/AssociatePublicIpAddress",
            TRUE,
        )],
        "its instances get public addresses",
    ),
    row(
        &["AWS::AutoScaling::LaunchConfiguration", "AWS::MGN::LaunchConfigurationTemplate"],
        &[if_set("/AssociatePublicIpAddress", TRUE)],
        "its instances get public addresses",
    ),
    row(&["AWS::OpsWorks::Layer"], &[if_set("/AutoAssignPublicIps", TRUE)], "its instances get public addresses"),
    row(
        &["AWS::DRS::ReplicationConfigurationTemplate"],
        &[if_set("/CreatePublicIP", TRUE)],
        "its servers get public addresses",
    ),
    row(&["AWS::EC2::EIP"], &[if_set("/InstanceId", SET)], "an instance gets a public address"),
    row(&["AWS::EC2::EIPAssociation"], &[], "it gives an instance or a network interface a public address"),
    row(
        &["AWS::ECS::Service"],
        &[if_set("/NetworkConfiguration/AwsvpcConfiguration/AssignPublicIp", Test::Is(&["ENABLED"]))],
        "its tasks get public addresses",
    ),
    row(
        &["AWS::ECS::TaskSet"],
        &[if_set("/NetworkConfiguration/AwsVpcConfiguration/AssignPublicIp", Test::Is(&["ENABLED"]))],
        "its tasks get public addresses",
    ),
    row(
        &["AWS::Events::Rule"],
        &[if_set(
            "/Targets/*/EcsParameters/NetworkConfiguration/AwsVpcConfiguration/AssignPublicIp",
            Test::Is(&["ENABLED"]),
        )],
        "the tasks that it starts get public addresses",
    ),
    row(
        &["AWS::Scheduler::Schedule"],
        &[if_set(
            "/Target/EcsParameters/NetworkConfiguration/AwsvpcConfiguration/AssignPublicIp",
            Test::Is(&["ENABLED"]),
        )],
        "the tasks that it starts get public addresses",
    ),
    row(
        &["AWS::Batch::JobDefinition"],
        &[if_set("/ContainerProperties/NetworkConfiguration/AssignPublicIp", Test::Is(&["ENABLED"]))],
        "its jobs get public addresses",
    ),
    row(
        &["AWS::Batch::JobDefinition"],
        &[if_set("/EcsProperties/TaskProperties/*/NetworkConfiguration/AssignPublicIp", Test::Is(&["ENABLED"]))],
        "its jobs get public addresses",
    ),
    row(
        &["AWS::ECS::Gateway"],
        &[if_set("/Configuration/HostSharedAlb/Scheme", Test::Is(&["internet-facing"]))],
        "it can be reached from the internet",
    ),
    row(
        &["AWS::AppRunner::Service"],
        &[by_default("/NetworkConfiguration/IngressConfiguration/IsPubliclyAccessible", "true", TRUE)],
        "it can be reached from the internet",
    ),
    row(
        &["AWS::Transfer::Server"],
        &[by_default("/EndpointType", "PUBLIC", Test::Is(&["PUBLIC"]))],
        "it can be reached from the internet",
    ),
    row(
        &["AWS::Transfer::Server"],
        &[if_set("/EndpointDetails/AddressAllocationIds/*", SET)],
        "its endpoint has public addresses",
    ),
    row(
        &["AWS::MWAA::Environment"],
        &[if_set("/WebserverAccessMode", Test::Is(&["PUBLIC_ONLY"]))],
        "its web server can be reached from the internet",
    ),
    row(
        &["AWS::EC2::VPCBlockPublicAccessExclusion"],
        &[if_set("/InternetGatewayExclusionMode", Test::Is(&["allow-bidirectional"]))],
        "the block on traffic from the internet does not apply to its network",
    ),
    row(
        &["AWS::EC2::VPCEndpointServicePermissions"],
        &[if_set("/AllowedPrincipals/*", EVERYONE)],
        "every AWS account can connect to the endpoint service",
    ),
    // APIs and functions.
    row(
        &["AWS::Lambda::Url", "AWS::Serverless::WebFunction"],
        &[if_set("/AuthType", Test::Is(&["NONE"]))],
        "anyone can call the function by its URL",
    ),
    row(
        &["AWS::Lambda::WebFunctionEndpoint"],
        &[if_set("/AuthType", Test::Is(&["ApplicationManaged"]))],
        "anyone can call the function by its URL",
    ),
    row(
        &["AWS::Lambda::Permission"],
        &[
            if_set("/Principal", EVERYONE),
            if_set("/SourceArn", NOT_SET),
            if_set("/SourceAccount", NOT_SET),
            if_set("/PrincipalOrgID", NOT_SET),
            if_set("/EventSourceToken", NOT_SET),
        ],
        "anyone can call the function",
    ),
    row(
        &["AWS::Lambda::LayerVersionPermission"],
        &[if_set("/Principal", EVERYONE), if_set("/OrganizationId", NOT_SET)],
        "every AWS account can use the layer",
    ),
    row(
        &["AWS::ApiGateway::Method"],
        &[
            by_default("/AuthorizationType", "NONE", Test::Is(&["NONE"])),
            by_default("/ApiKeyRequired", "false", FALSE),
            // Browsers send no credentials with it.
            if_set("/HttpMethod", Test::IsNot(&["OPTIONS"])),
        ],
        "anyone can call the method",
    ),
    // An API key meters who calls, but it is not meant to authorize: API Gateway Developer Guide, "Usage plans and API keys".
    row(
        &["AWS::ApiGateway::Method"],
        &[
            by_default("/AuthorizationType", "NONE", Test::Is(&["NONE"])),
            if_set("/ApiKeyRequired", TRUE),
            if_set("/HttpMethod", Test::IsNot(&["OPTIONS"])),
        ],
        "anyone with an API key can call the method",
    ),
    change(
        &["AWS::ApiGateway::RestApi"],
        &[by_default("/EndpointConfiguration/Types/*", "EDGE", Test::IsNot(&["PRIVATE"]))],
        "it can be reached from the internet",
    ),
    // SAM's routes are in `api`, except for those in an API's definition.
    change(
        &["AWS::Serverless::Api", "AWS::Serverless::HttpApi"],
        &[if_set("/Auth/DefaultAuthorizer", NOT_SET)],
        "anyone can call its routes that name no authorizer",
    ),
    change(
        &["AWS::Serverless::Api"],
        &[by_default("/EndpointConfiguration/Type", "EDGE", Test::IsNot(&["PRIVATE"]))],
        "it can be reached from the internet",
    ),
    row(
        &["AWS::ApiGatewayV2::Route"],
        &[
            by_default("/AuthorizationType", "NONE", Test::Is(&["NONE"])),
            by_default("/ApiKeyRequired", "false", FALSE),
            by_default("/ApiId/>/ProtocolType", "HTTP", Test::IsNot(&["WEBSOCKET"])),
            if_set("/RouteKey", Test::Is(&["$default"])),
        ],
        "anyone can call the route",
    ),
    row(
        &["AWS::ApiGatewayV2::Route"],
        &[
            by_default("/AuthorizationType", "NONE", Test::Is(&["NONE"])),
            by_default("/ApiKeyRequired", "false", FALSE),
            if_set("/RouteKey", Test::Method),
        ],
        "anyone can call the route",
    ),
    // Only this route of a WebSocket API authorizes: the others belong to an open connection.
    row(
        &["AWS::ApiGatewayV2::Route"],
        &[
            by_default("/AuthorizationType", "NONE", Test::Is(&["NONE"])),
            by_default("/ApiKeyRequired", "false", FALSE),
            if_set("/RouteKey", Test::Is(&["$connect"])),
        ],
        "anyone can connect",
    ),
    row(
        &["AWS::ApiGatewayV2::ApiGatewayManagedOverrides"],
        &[if_set("/Route/AuthorizationType", Test::Is(&["NONE"]))],
        "anyone can call the route",
    ),
    row(&["AWS::ApiGatewayV2::Api"], &[if_set("/Target", SET)], "anyone can call its default route"),
    row(
        &["AWS::AppSync::GraphQLApi"],
        &[if_set("/AuthenticationType", Test::Is(&["API_KEY"]))],
        "an API key is all that a client needs",
    ),
    row(
        &["AWS::AppSync::GraphQLApi"],
        &[if_set("/AdditionalAuthenticationProviders/*/AuthenticationType", Test::Is(&["API_KEY"]))],
        "an API key is all that a client needs",
    ),
    change(
        &["AWS::AppSync::GraphQLApi", "AWS::Serverless::GraphQLApi"],
        &[by_default("/Visibility", "GLOBAL", Test::IsNot(&["PRIVATE"]))],
        "it can be reached from the internet",
    ),
    row(
        &["AWS::Serverless::GraphQLApi"],
        &[if_set("/Auth/Type", Test::Is(&["API_KEY"]))],
        "an API key is all that a client needs",
    ),
    row(
        &["AWS::Serverless::GraphQLApi"],
        &[if_set("/Auth/Additional/*/Type", Test::Is(&["API_KEY"]))],
        "an API key is all that a client needs",
    ),
    row(
        &["AWS::Serverless::WebSocketApi"],
        &[by_default("/Auth/AuthType", "NONE", Test::Is(&["NONE"]))],
        "anyone can connect",
    ),
    row(
        &["AWS::AppSync::Api"],
        &[if_set("/EventConfig/ConnectionAuthModes/*/AuthType", Test::Is(&["API_KEY"]))],
        "an API key is all that a client needs to connect",
    ),
    row(
        &["AWS::AppSync::Api"],
        &[if_set("/EventConfig/DefaultPublishAuthModes/*/AuthType", Test::Is(&["API_KEY"]))],
        "an API key is all that a client needs to publish",
    ),
    row(
        &["AWS::AppSync::Api"],
        &[if_set("/EventConfig/DefaultSubscribeAuthModes/*/AuthType", Test::Is(&["API_KEY"]))],
        "an API key is all that a client needs to subscribe",
    ),
    row(
        &["AWS::AppSync::ChannelNamespace"],
        &[if_set("/PublishAuthModes/*/AuthType", Test::Is(&["API_KEY"]))],
        "an API key is all that a client needs to publish",
    ),
    row(
        &["AWS::AppSync::ChannelNamespace"],
        &[if_set("/SubscribeAuthModes/*/AuthType", Test::Is(&["API_KEY"]))],
        "an API key is all that a client needs to subscribe",
    ),
    row(&["AWS::BedrockAgentCore::Gateway"], &[if_set("/AuthorizerType", Test::Is(&["NONE"]))], "anyone can call it"),
    row(
        &["AWS::Cognito::IdentityPool"],
        &[if_set("/AllowUnauthenticatedIdentities", TRUE)],
        "anyone gets AWS credentials of its role for guests",
    ),
    change(
        &["AWS::Cognito::UserPool"],
        &[by_default("/AdminCreateUserConfig/AllowAdminCreateUserOnly", "false", FALSE)],
        "anyone can sign up",
    ),
    row(
        &["AWS::Events::EventBusPolicy"],
        &[if_set("/Principal", EVERYONE), if_set("/Condition/Value", NOT_SET)],
        "every AWS account can put events on the bus",
    ),
    row(
        &["AWS::CodeBuild::Project"],
        &[if_set("/Visibility", Test::Is(&["PUBLIC_READ"]))],
        "anyone can read its builds and their logs",
    ),
    change(&["AWS::IVS::Channel"], &[by_default("/Authorized", "false", FALSE)], "anyone can watch it"),
    row(
        &["AWS::CloudFormation::ResourceVersion", "AWS::CloudFormation::HookVersion"],
        &[if_set("/Visibility", Test::Is(&["PUBLIC"]))],
        "every AWS account can use the extension",
    ),
];

impl Row {
    /// Returns the property that names the row in the report; empty for the resource as a whole.
    pub(super) fn path(&self) -> &'static str {
        self.clauses.first().map_or("", |clause| clause.path)
    }
}
