//! Learning with a project: the tutor, decisions, roadmaps, sessions, progress. The tutor may ask a model; the rest reads and writes.

use proto::v1::{
    AskTutorRequest, CreateRoadmapRequest, CreateStudySessionRequest, DecideChoiceRequest,
    ListStudySessionsRequest, ListStudySessionsResponse, StudentChoice, StudentProgress,
    StudentProjectRequest, StudentRoadmap, StudySession, TutorAnswer, UpdateRoadmapProgressRequest,
    WeighChoiceRequest,
};
use tonic::Status;

use super::{Field, Operation, Price, Service, caller_kind::AccountHolder, rpc::rpc_operations};
use crate::{
    identity::{ReadProjects, RequestContext, WriteProjects},
    services::Services,
};

rpc_operations! {
    AskTutor(AskTutorRequest) -> TutorAnswer: students.ask_tutor,
        AccountHolder, WriteProjects, Price::EXPENSIVE, Field::Mutation("askTutor");
    WeighChoice(WeighChoiceRequest) -> StudentChoice: students.weigh_choice,
        AccountHolder, WriteProjects, Price::EXPENSIVE, Field::Mutation("weighChoice");
    DecideChoice(DecideChoiceRequest) -> StudentChoice: students.decide_choice,
        AccountHolder, WriteProjects, Price::STANDARD, Field::Mutation("decideChoice");
    CreateRoadmap(CreateRoadmapRequest) -> StudentRoadmap: students.create_roadmap,
        AccountHolder, WriteProjects, Price::EXPENSIVE, Field::Mutation("createRoadmap");
    GetRoadmap(StudentProjectRequest) -> StudentRoadmap: students.get_roadmap,
        AccountHolder, ReadProjects, Price::STANDARD, Field::Query("learningRoadmap");
    UpdateRoadmapProgress(UpdateRoadmapProgressRequest) -> StudentRoadmap: students.update_roadmap_progress,
        AccountHolder, WriteProjects, Price::STANDARD, Field::Mutation("updateRoadmapProgress");
    CreateStudySession(CreateStudySessionRequest) -> StudySession: students.create_study_session,
        AccountHolder, WriteProjects, Price::STANDARD, Field::Mutation("createStudySession");
    ListStudySessions(ListStudySessionsRequest) -> ListStudySessionsResponse: students.list_study_sessions,
        AccountHolder, ReadProjects, Price::STANDARD, Field::Query("studySessions");
    GetProgress(StudentProjectRequest) -> StudentProgress: students.get_progress,
        AccountHolder, ReadProjects, Price::STANDARD, Field::Query("studentProgress");
}
