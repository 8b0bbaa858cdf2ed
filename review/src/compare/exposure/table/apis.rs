//! APIs, functions and identities. The routes of SAM's events are in `api`.

use super::{EVERYONE, FALSE, NOT_SET, Row, SET, TRUE, Test, by_default, change, if_set, row};

pub(super) const ROWS: &[Row] = &[
    row(&["AWS::Lambda::Url"], &[if_set("/AuthType", Test::Is(&["NONE"]))], "anyone can call the function by its URL"),
    row(
        &["AWS::Lambda::WebFunctionEndpoint", "AWS::Serverless::WebFunction"],
        &[if_set("/AuthType", Test::Is(&["ApplicationManaged"]))],
        "anyone can call the function by its URL",
    ),
    row(
        &["AWS::Lambda::Permission"],
        &[
            if_set("/Principal", EVERYONE),
            if_set("/SourceArn", Test::Unlimited),
            if_set("/SourceAccount", Test::Unlimited),
            if_set("/PrincipalOrgID", Test::Unlimited),
            if_set("/EventSourceToken", NOT_SET),
        ],
        "anyone can call the function",
    ),
    row(
        &["AWS::Lambda::LayerVersionPermission"],
        &[if_set("/Principal", EVERYONE), if_set("/OrganizationId", Test::Unlimited)],
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
        &[if_set("/Principal", EVERYONE), if_set("/Condition/Value", Test::Unlimited)],
        "every AWS account can put events on the bus",
    ),
    row(
        &["AWS::CodeBuild::Project"],
        &[if_set("/Visibility", Test::Is(&["PUBLIC_READ"]))],
        "anyone can read its builds and their logs",
    ),
    change(&["AWS::IVS::Channel"], &[by_default("/Authorized", "false", FALSE)], "anyone can watch it"),
];
